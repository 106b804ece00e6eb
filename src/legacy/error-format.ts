import type { ErrorResponse } from '../http/error-formats.js';
import type { Problem } from '../http/problem.js';

/** The original's words, and those that would speak of REST. */
const messages: Record<string, string> = {
  unauthenticated: 'Invalid session key',
  client_message_id_conflict:
    'A message with this client_message_id and another session, role, content or timestamp was saved before; it is unchanged.',
  unsupported_media_type: 'The body must be a form (multipart or urlencoded) or JSON, in UTF-8',
  method_not_allowed: 'Only POST is known here',
};

/** A failure as the plugin's pages know it. They treat any status but 2xx and `success: false` alike. */
export function toLegacyError({ status, code, detail }: Problem) {
  const body = { success: false, error: messages[code] ?? detail, code };
  return { status: status === 422 ? 400 : status, body } satisfies ErrorResponse;
}
