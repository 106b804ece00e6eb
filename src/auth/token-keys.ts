import type { KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { serializeError } from '../common/error-serializer.js';
import { UnreachableError, addressOf } from '../common/unreachable-error.js';
import { publicKeyAlgorithms, type JwtKeys } from '../config/config.js';
import { AuthenticationUnavailableError } from './auth.errors.js';
import { downloadKeySet } from './key-set.js';
import type { SigningSecret } from './signing-secret.js';

/** The key or key lookup that verifies signatures, and the only algorithms that are accepted. */
export interface TokenKeys {
  algorithms: string[];
  key: Uint8Array | KeyObject | JWTVerifyGetKey;
  /** A key of the same kind that verifies what `key` does not. */
  previousKey?: Uint8Array;
}

/** Age at which published keys are refreshed in the background. */
const maxAgeMs = 10 * 60_000;
/** Minimum time between two downloads that unknown key ids cause, and after a failed one: callers choose the ids. */
const cooldownMs = 30_000;
const failureCooldownMs = 5000;
const timeoutMs = 5000;

/** @param secret required for `keys.kind` 'secret' */
export function createTokenKeys(keys: JwtKeys, secret: SigningSecret | undefined): TokenKeys {
  if (keys.kind === 'public-key') return { algorithms: [keys.algorithm], key: keys.key };
  if (keys.kind === 'jwks') return { algorithms: [...publicKeyAlgorithms], key: createRemoteKeys(keys.url) };
  if (!secret) throw new Error('the signing secret is missing');
  const previous = keys.previousSecret;
  return {
    algorithms: ['HS256'],
    key: secret.bytes,
    ...(previous !== undefined && { previousKey: Buffer.from(previous) }),
  };
}

/**
 * A lookup of keys in a published key set (RFC 7517). The set is downloaded for the first token, for a token with an
 * unknown key id, and in the background when it is older than ten minutes. The last set stays in use while downloads fail.
 */
function createRemoteKeys(url: URL): JWTVerifyGetKey {
  const logger = new Logger('Keys');
  let requestedAt = -Infinity;
  let failedAt = -Infinity;
  const download = async (address: string, options: RequestInit): Promise<Response> => {
    if (Date.now() - failedAt < failureCooldownMs)
      throw new Error('downloading the keys failed a moment ago; not trying again yet');
    requestedAt = Date.now();
    try {
      return new Response(await downloadKeySet(address, options));
    } catch (error) {
      failedAt = Date.now();
      throw error;
    }
  };
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    // The set never expires, so that it stays usable while downloads fail. The refresh is decided below.
    cacheMaxAge: Infinity,
    [customFetch]: download,
  });
  return async (header, token) => {
    if (keys.fresh && Date.now() - requestedAt > maxAgeMs) {
      keys.reload().catch((error: unknown) => {
        logger.warn(
          `Refreshing the keys from JWKS_URL (${addressOf(url)}) failed; the previous keys stay in use: ${JSON.stringify(serializeError(error))}`,
        );
      });
    }
    try {
      return await keys(header, token);
    } catch (error) {
      if (tokenErrors.some((kind) => error instanceof kind)) throw error;
      throw new AuthenticationUnavailableError(new UnreachableError('JWKS_URL', addressOf(url), error));
    }
  };
}

/** Errors that are caused by the token. All others are caused by the key set or its download. */
const tokenErrors = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];
