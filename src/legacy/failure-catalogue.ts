/** Every `code` that the endpoint can answer, with an example of its words. Stable: clients decide by them. */
export const failureCatalogue = {
  missing_parameter: { status: 400, error: 'A required parameter (session_id) was missing' },
  invalid_parameter: { status: 400, error: 'Invalid parameter (title): it must not be blank' },
  invalid_role: { status: 400, error: 'Invalid role: tool' },
  invalid_action: { status: 400, error: 'Invalid action' },
  malformed_form: { status: 400, error: 'The form cannot be read to its end.' },
  malformed_json: { status: 400, error: 'The body is not valid JSON in UTF-8.' },
  repeated_field: { status: 400, error: 'The body has the field "title" more than once.' },
  too_many_fields: { status: 400, error: 'The body must have at most 50 fields.' },
  unauthenticated: { status: 401, error: 'Invalid session key' },
  foreign_origin: {
    status: 403,
    error: 'Pages of this origin may not call; ALLOWED_ORIGINS lists those that may',
  },
  cmid_mismatch: { status: 403, error: 'Invalid course module ID: 12' },
  session_not_found: { status: 404, error: 'There is no such session.' },
  message_not_found: { status: 404, error: 'There is no such message.' },
  method_not_allowed: { status: 405, error: 'Only POST is known here' },
  client_message_id_conflict: {
    status: 409,
    error:
      'A message with this client_message_id and another session, role, content or timestamp was saved before; it is unchanged.',
  },
  body_too_large: { status: 413, error: 'The body is too large.' },
  unsupported_media_type: {
    status: 415,
    error: 'The body must be a form (multipart or urlencoded) or JSON, in UTF-8',
  },
  misdirected_request: {
    status: 421,
    error: 'This server does not go by the name in the Host header; the variable ALLOWED_HOSTS lists its names.',
  },
  internal_error: { status: 500, error: 'Something went wrong here; it has been logged.' },
  upstream_unreachable: { status: 502, error: 'The original endpoint cannot be reached' },
  upstream_busy: { status: 503, error: 'The original endpoint is busy' },
  database_busy: {
    status: 503,
    error: 'Too many others change the same data; try again. Nothing was changed.',
  },
  database_unavailable: { status: 503, error: 'The database cannot be used at the moment; try again.' },
  outcome_unknown: {
    status: 503,
    error: 'The connection to the database broke at the last moment: look whether it was done before you repeat it.',
  },
  upstream_timeout: { status: 504, error: 'The original endpoint did not answer in time' },
  loop_detected: { status: 508, error: 'LEGACY_UPSTREAM_URL leads back here' },
} as const satisfies Record<string, { status: number; error: string }>;
