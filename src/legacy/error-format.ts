import type { ErrorFormatter, ErrorResponse } from '../http/error-formats.js';
import type { Problem } from '../http/problem.js';

/** Messages of the original endpoint, and replacements for messages that mention REST fields. */
const messages: Record<string, string> = {
  unauthenticated: 'Invalid session key',
  client_message_id_conflict:
    'A message with this client_message_id and another session, role, content or timestamp was saved before; it is unchanged.',
  message_in_trash: 'This message was saved before, and deleted since; it is in the trash.',
  unsupported_media_type: 'The body must be a form (multipart or urlencoded) or JSON, in UTF-8',
  method_not_allowed: 'Only POST is known here',
};

/** Errors that a request can get before its body, and so its action, is read. */
const errorsBeforeAction = ['server_busy', 'too_many_requests'];

/**
 * Returns the format of errors of a request. The body is empty for the proxied `proxy_chat`, and where the action is not
 * known but may be that one: the page shows and saves the text of any JSON body as the words of the AI, whatever its
 * status, but reports a failure of its own when the body is no JSON.
 * @param isProxying whether unknown actions are proxied
 */
export function legacyErrorFormat(isProxying: boolean): ErrorFormatter {
  return (problem, { legacyAction, body }) => {
    const failure = toLegacyError(problem);
    const mayBeProxied = isProxying && body === undefined && legacyAction === undefined;
    const isSavedByPage = legacyAction === 'proxy_chat' || (mayBeProxied && errorsBeforeAction.includes(problem.code));
    return isSavedByPage ? { ...failure, body: undefined } : failure;
  };
}

/** Formats an error as the plugin's pages expect it. They treat every status other than 2xx like `success: false`. */
export function toLegacyError({ status, code, detail }: Problem) {
  const body = { success: false, error: messages[code] ?? detail, code };
  return { status: status === 422 ? 400 : status, body } satisfies ErrorResponse;
}
