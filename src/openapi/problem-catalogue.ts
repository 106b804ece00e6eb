import type { FieldProblem, ReachedQuota } from '../common/domain-error.js';
import type { Dependency } from '../common/readiness.js';

export interface ProblemEntry {
  status: number;
  detail: string;
  errors?: FieldProblem[];
  quota?: ReachedQuota;
  contentBytes?: number;
  missing?: readonly Dependency[];
}

/** Every `code` of a problem response, with its status and `detail`. The codes are stable: clients depend on them. */
export const problemCatalogue = {
  bad_request: { status: 400, detail: 'The request cannot be read.' },
  malformed_json: { status: 400, detail: 'The body is not valid JSON in UTF-8.' },
  repeated_field: { status: 400, detail: 'The body has the field "title" more than once.' },
  too_many_fields: { status: 400, detail: 'The body must have at most 50 fields.' },
  unauthenticated: { status: 401, detail: 'A valid token is required: Authorization: Bearer <token>.' },
  foreign_origin: {
    status: 403,
    detail: 'Pages of this origin may not call this server; ALLOWED_ORIGINS lists the origins that may.',
  },
  cmid_mismatch: { status: 403, detail: 'There is no such course module for this caller.' },
  quota_exceeded: {
    status: 403,
    detail: 'Your chats may hold at most 1024 MiB; delete chats to make room. Nothing was saved.',
    quota: { name: 'bytes', limit: 1_073_741_824 },
  },
  not_found: { status: 404, detail: 'There is nothing at this address.' },
  session_not_found: { status: 404, detail: 'There is no such session.' },
  message_in_trash: {
    status: 404,
    detail: 'This message was saved before and is in the trash. Restore it, or send it with another clientMessageId.',
  },
  nothing_in_trash: { status: 404, detail: 'The trash has no cleared messages of this session.' },
  message_not_found: { status: 404, detail: 'There is no such message.' },
  no_active_session: { status: 404, detail: 'No session is active.' },
  method_not_allowed: {
    status: 405,
    detail: 'This path does not support the method; the header Allow lists the methods that it supports.',
  },
  request_timeout: { status: 408, detail: 'The request took too long to arrive.' },
  client_message_id_conflict: {
    status: 409,
    detail:
      'A message with this clientMessageId and another session, role, content, payload, metadata, status or timestamp was saved before; it is unchanged.',
  },
  append_conflict: {
    status: 409,
    detail: 'The text has 20 bytes, or another client writes it; nothing was changed.',
    contentBytes: 20,
  },
  lease_held: {
    status: 409,
    detail: 'Another client writes this message; nothing was changed.',
    contentBytes: 20,
  },
  message_ended: {
    status: 409,
    detail: 'The message has ended with the status complete; nothing was changed.',
    contentBytes: 20,
  },
  has_replies: { status: 409, detail: 'Other messages follow from it; delete them too with ?replies=true.' },
  parent_in_trash: { status: 409, detail: 'It follows from a message that is deleted; restore that one first.' },
  message_in_progress: {
    status: 409,
    detail: 'The message is still written; end it first. Nothing was changed.',
  },
  session_not_active: { status: 409, detail: 'The active session is "essay-on-rivers"; nothing was saved.' },
  version_conflict: {
    status: 412,
    detail: 'The session has another version than If-Match names: read it again. Nothing was changed.',
  },
  body_too_large: { status: 413, detail: 'The body is too large.' },
  unsupported_media_type: { status: 415, detail: 'The body must be application/json in UTF-8.' },
  misdirected_request: {
    status: 421,
    detail: 'The Host header does not name this server; the environment variable ALLOWED_HOSTS adds names.',
  },
  validation_failed: {
    status: 422,
    detail: 'Some fields are wrong; nothing was changed.',
    errors: [{ in: 'body', pointer: '/title', detail: 'must not be blank' }],
  },
  too_many_requests: {
    status: 429,
    detail: 'Too many requests; the header Retry-After says how many seconds to wait.',
  },
  headers_too_large: { status: 431, detail: 'The headers are too large.' },
  internal_error: { status: 500, detail: 'Something went wrong here; it has been logged.' },
  authentication_unavailable: {
    status: 503,
    detail: 'The caller cannot be authenticated at the moment; try again.',
  },
  database_busy: {
    status: 503,
    detail: 'Too many others change the same data; try again. Nothing was changed.',
  },
  database_unavailable: { status: 503, detail: 'The database cannot be used at the moment; try again.' },
  outcome_unknown: {
    status: 503,
    detail: 'The connection to the database broke at the last moment: look whether it was done before you repeat it.',
  },
  server_busy: { status: 503, detail: 'Too much is waiting, being read or answered at once; try again.' },
  not_ready: { status: 503, detail: 'The database cannot be reached.', missing: ['database'] },
} as const satisfies Record<string, ProblemEntry>;

export type ProblemCode = keyof typeof problemCatalogue;
