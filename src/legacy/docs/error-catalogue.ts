import { problemCatalogue, type ProblemCode } from '../../openapi/problem-catalogue.js';
import { toLegacyError } from '../error-format.js';

interface DocumentedError {
  status: number;
  error: string;
}

/** Errors of the problem catalogue, in the format of this endpoint. */
function fromProblems(...codes: ProblemCode[]): Record<string, DocumentedError> {
  const entries = codes.map((code) => {
    const { status, body } = toLegacyError({ code, ...problemCatalogue[code] });
    return [code, { status, error: body.error }] as const;
  });
  return Object.fromEntries(entries);
}

/** Every `code` that the endpoint can answer, with an example message. Codes are stable: clients depend on them. */
export const errorCatalogue: Readonly<Record<string, DocumentedError>> = {
  missing_parameter: { status: 400, error: 'A required parameter (session_id) was missing' },
  invalid_parameter: { status: 400, error: 'Invalid parameter (title): it must not be blank' },
  invalid_role: { status: 400, error: 'Invalid role: tool' },
  invalid_action: { status: 400, error: 'Invalid action' },
  malformed_form: { status: 400, error: 'The form cannot be read to its end.' },
  ...fromProblems('malformed_json', 'repeated_field'),
  ...fromProblems('too_many_fields', 'unauthenticated'),
  ...fromProblems('foreign_origin', 'quota_exceeded'),
  cmid_mismatch: { status: 403, error: 'Invalid course module ID: 12' },
  ...fromProblems(
    'session_not_found',
    'message_not_found',
    'message_in_trash',
    'method_not_allowed',
    'client_message_id_conflict',
  ),
  ...fromProblems(
    'body_too_large',
    'unsupported_media_type',
    'misdirected_request',
    'too_many_requests',
    'internal_error',
  ),
  upstream_unreachable: { status: 502, error: 'The original endpoint cannot be reached' },
  upstream_busy: { status: 503, error: 'The original endpoint is busy' },
  ...fromProblems(
    'authentication_unavailable',
    'server_busy',
    'database_busy',
    'database_unavailable',
    'outcome_unknown',
  ),
  upstream_timeout: { status: 504, error: 'The original endpoint did not answer in time' },
  loop_detected: { status: 508, error: 'LEGACY_UPSTREAM_URL or MOODLE_AJAX_URL leads back here' },
};
