import type { ErrorResponse } from '../http/error-formats.js';
import type { Problem } from '../http/problem.js';

/** Messages of the original endpoint, and replacements for messages that mention REST fields. */
const messages: Record<string, string> = {
  unauthenticated: 'Invalid session key',
  client_message_id_conflict:
    'A message with this client_message_id and another session, role, content or timestamp was saved before; it is unchanged.',
  unsupported_media_type: 'The body must be a form (multipart or urlencoded) or JSON, in UTF-8',
  method_not_allowed: 'Only POST is known here',
};

/** Formats an error as the plugin's pages expect it. They treat every status other than 2xx like `success: false`. */
export function toLegacyError({ status, code, detail }: Problem) {
  const body = { success: false, error: messages[code] ?? detail, code };
  return { status: status === 422 ? 400 : status, body } satisfies ErrorResponse;
}
