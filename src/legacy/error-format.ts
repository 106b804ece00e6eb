import type { FastifyRequest } from 'fastify';
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

const upstreamFailures = ['upstream_timeout', 'upstream_unreachable', 'upstream_busy'];

/**
 * Formats an error of a request. When `proxy_chat` gets no answer from the original, the body is empty: the page shows
 * and saves the text of any JSON body as the words of the AI, whatever its status, but reports a failure of its own when
 * the body is no JSON.
 */
export function formatLegacyError(problem: Problem, { legacyAction }: FastifyRequest): ErrorResponse {
  const failure = toLegacyError(problem);
  const isSavedByPage = legacyAction === 'proxy_chat' && upstreamFailures.includes(problem.code);
  return isSavedByPage ? { ...failure, body: undefined } : failure;
}

/** Formats an error as the plugin's pages expect it. They treat every status other than 2xx like `success: false`. */
export function toLegacyError({ status, code, detail }: Problem) {
  const body = { success: false, error: messages[code] ?? detail, code };
  return { status: status === 422 ? 400 : status, body } satisfies ErrorResponse;
}
