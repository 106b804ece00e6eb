import { decodeJwt, errors } from 'jose';

/** Why a credential was rejected. Only for the log: callers get one answer for all reasons. */
export type RejectionReason =
  | 'no token'
  | 'no sesskey'
  | 'a sesskey of Moodle, which needs AUTH=moodle'
  | 'malformed'
  | 'another type of token'
  | 'wrong algorithm'
  | 'no key matches'
  | 'several keys match, none verifies'
  | 'wrong signature'
  | 'no exp'
  | 'expired'
  | 'not valid yet'
  | 'too old'
  | 'issued in the future'
  | 'wrong issuer'
  | 'wrong audience'
  | 'no sub or a wrong one'
  | 'no activity or a wrong one'
  | 'wrong cmid'
  | 'sample tokens have ended'
  | 'not METRICS_TOKEN'
  | 'Moodle login missing or malformed'
  | 'Moodle rejects the login';

const reasonOfClaim: Partial<Record<string, RejectionReason>> = {
  iss: 'wrong issuer',
  aud: 'wrong audience',
  exp: 'no exp',
  nbf: 'not valid yet',
  iat: 'issued in the future',
};

/** The reason for an error of `jwtVerify`. */
export function rejectionReason(error: unknown): RejectionReason {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return reasonOfClaim[error.claim] ?? 'malformed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'wrong signature';
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) return 'wrong algorithm';
  if (error instanceof errors.JWKSNoMatchingKey) return 'no key matches';
  return 'malformed';
}

const maxIssuerLength = 100;

/** The issuer that the token names, cut and without unusual characters; undefined if it names none. */
export function issuerOf(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? iss.slice(0, maxIssuerLength).replaceAll(/[^\x20-\x7e]/g, '?') : undefined;
  } catch {
    return undefined;
  }
}
