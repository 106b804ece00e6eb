import type { KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { serializeError } from '../common/error-serializer.js';
import { readTextWithLimit } from '../common/read-text-with-limit.js';
import { publicKeyAlgorithms, type JwtKeys } from '../config/config.js';
import { AuthenticationUnavailableError } from './auth.errors.js';
import type { SigningSecret } from './signing-secret.js';

/** What a token's signature is checked with, and by which algorithms alone. */
export interface TokenKeys {
  algorithms: string[];
  key: Uint8Array | KeyObject | JWTVerifyGetKey;
}

/** How long published keys are taken for the newest ones. */
const maxAgeMs = 10 * 60_000;
/** From one answered question for keys to the next one, whatever keys tokens name; and after one that was not answered. */
const cooldownMs = 30_000;
const failureCooldownMs = 5000;
const timeoutMs = 5000;
/** Of a published set of keys, in bytes. */
const maxKeySetBytes = 256 * 1024;

/** @param secret undefined where there are public keys */
export function createTokenKeys(keys: JwtKeys, secret: SigningSecret | undefined): TokenKeys {
  if (keys.kind === 'public-key') return { algorithms: [keys.algorithm], key: keys.key };
  if (keys.kind === 'jwks') return { algorithms: [...publicKeyAlgorithms], key: createRemoteKeys(keys.url) };
  if (!secret) throw new Error('there is no secret');
  return { algorithms: ['HS256'], key: secret.bytes };
}

/**
 * The keys that are published at an address (RFC 7517). Asked for when the first token comes, when a token names a key
 * that is not known, and now and then besides. While nobody answers, those go on that were got before.
 */
function createRemoteKeys(url: URL): JWTVerifyGetKey {
  const logger = new Logger('Keys');
  let askedAt = -Infinity;
  let failedAt = -Infinity;
  const ask = async (address: string, options: RequestInit): Promise<Response> => {
    if (Date.now() - failedAt < failureCooldownMs) throw new Error('the keys could not be got a moment ago');
    askedAt = Date.now();
    try {
      const response = await fetch(address, options);
      if (response.status !== 200) throw new Error(`the keys were answered with status ${response.status}`);
      const text = await readTextWithLimit(response, maxKeySetBytes);
      assertKeySet(text);
      return new Response(text);
    } catch (error) {
      failedAt = Date.now();
      throw error;
    }
  };
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    // Never too old to be used: how old they may get before they are asked for is decided below.
    cacheMaxAge: Infinity,
    [customFetch]: ask,
  });
  return async (header, token) => {
    if (keys.fresh && Date.now() - askedAt > maxAgeMs) {
      keys.reload().catch((error: unknown) => {
        logger.warn(`No new keys from JWKS_URL, the old ones go on: ${JSON.stringify(serializeError(error))}`);
      });
    }
    try {
      return await keys(header, token);
    } catch (error) {
      if (tokenErrors.some((kind) => error instanceof kind)) throw error;
      throw new AuthenticationUnavailableError(error);
    }
  };
}

/** Before it takes the place of the last one. @throws Error when it is none, or has what nobody may publish */
function assertKeySet(text: string): void {
  const { keys } = JSON.parse(text) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('the keys were answered without a list');
  const isPrivate = (key: unknown) => typeof key === 'object' && key !== null && 'd' in key;
  if (keys.some(isPrivate)) throw new Error('the keys were answered with a private one');
}

/** Everything else has to do with the keys, or with getting them. */
const tokenErrors = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];
