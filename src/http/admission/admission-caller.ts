import type { FastifyRequest } from 'fastify';
import { bearerToken } from '../../auth/bearer.js';
import type { TokenVerifier } from '../../auth/credential-verifier.js';
import { callerKey } from '../caller-key.js';

/**
 * Identifies the caller whose turn it is: the owner, if the token was verified not long ago, because pupils behind one
 * address are not one caller. Requests with a token that is not known have turns of their own, so that the first request
 * of a pupil does not wait behind anonymous ones of the address.
 */
export function admissionCaller(
  { headers, ip }: Pick<FastifyRequest, 'headers' | 'ip'>,
  tokens: Pick<TokenVerifier, 'known'>,
): string {
  const token = bearerToken(headers.authorization);
  if (token === undefined) return callerKey({ ip });
  const owner = tokens.known(token)?.owner;
  return owner ? callerKey({ owner, ip }) : `token from ${callerKey({ ip })}`;
}
