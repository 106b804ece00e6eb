import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readHttpUrl } from './urls.js';
import type { JwtConfig, JwtKeys, PublicKeyAlgorithm } from './config.js';
import type { EnvReader } from './env-reader.js';

/** Patterns of values from documentation and tutorials, which attackers know. */
const sampleSecrets = [
  /secret|password|change.?me|example|sample|at.?least|characters/i,
  /your.?(jwt|256)/i,
  /0123456789|abcdefghij/i,
  /^(.{1,8})\1+$/,
];

const keyVariables = ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWKS_URL'] as const;
const minRsaBits = 2048;

/** @param production generated and sample secrets are rejected then */
export function readJwt(reader: EnvReader, production: boolean): JwtConfig {
  const jwt = {
    keys: readKeys(reader, production),
    issuer: reader.optional('JWT_ISSUER'),
    audience: reader.optional('JWT_AUDIENCE'),
    maxAgeSeconds: reader.integer('JWT_MAX_AGE_SECONDS', 0, 315_360_000),
    clockToleranceSeconds: reader.integer('JWT_CLOCK_TOLERANCE_SECONDS', 0, 600),
  };
  // An identity provider signs tokens for other services too, which must not be accepted here (RFC 8725 section 3.9).
  if (production && jwt.keys.kind === 'jwks' && (jwt.issuer === undefined || jwt.audience === undefined)) {
    reader.addProblem(
      'JWKS_URL',
      'needs JWT_ISSUER and JWT_AUDIENCE in production, because its keys may sign tokens for other services too',
    );
  }
  return jwt;
}

function readKeys(reader: EnvReader, production: boolean): JwtKeys {
  const [secret, pem] = [reader.optional('JWT_SECRET'), reader.optional('JWT_PUBLIC_KEY')];
  const url = readHttpUrl(reader, 'JWKS_URL', {
    allowInsecure: false,
    insecureMessage: 'must be https://, unless it is loopback: an attacker on the network could replace the keys',
  });
  const [first, ...others] = keyVariables.filter((name) => reader.optional(name) !== undefined);
  if (first !== undefined && others.length > 0) {
    reader.addProblem(first, `must not be set together with ${others.join(' and ')}: choose one`);
  }
  if (first !== undefined && first !== 'JWT_SECRET' && reader.optional('JWT_SECRET_PREVIOUS') !== undefined) {
    reader.addProblem('JWT_SECRET_PREVIOUS', `must not be set together with ${first}, which verifies all tokens`);
  }
  if (url !== undefined) return { kind: 'jwks', url };
  if (pem !== undefined) return readPublicKey(reader, pem);
  if (secret === undefined && production) {
    reader.addProblem(
      'JWT_SECRET',
      'is required in production and wherever other machines can reach this server; make one with: openssl rand -base64 48',
    );
  }
  checkSecret(reader, 'JWT_SECRET', secret, production);
  return { kind: 'secret', secret, previousSecret: readPreviousSecret(reader, secret, production) };
}

function readPreviousSecret(reader: EnvReader, secret: string | undefined, production: boolean): string | undefined {
  const previous = reader.optional('JWT_SECRET_PREVIOUS');
  if (previous === undefined) return undefined;
  checkSecret(reader, 'JWT_SECRET_PREVIOUS', previous, production);
  if (secret === undefined) reader.addProblem('JWT_SECRET_PREVIOUS', 'needs JWT_SECRET, the new secret');
  if (secret === previous) reader.addProblem('JWT_SECRET_PREVIOUS', 'must be another secret than JWT_SECRET');
  return previous;
}

function checkSecret(
  reader: EnvReader,
  name: 'JWT_SECRET' | 'JWT_SECRET_PREVIOUS',
  secret: string | undefined,
  production: boolean,
): void {
  if (secret === undefined) return;
  if (Buffer.byteLength(secret) < 32) {
    reader.addProblem(name, `must be 32 bytes of UTF-8 or more, is ${Buffer.byteLength(secret)}`);
  } else if (production && sampleSecrets.some((sample) => sample.test(secret))) {
    reader.addProblem(name, 'looks like a sample; make one with: openssl rand -base64 48');
  }
}

/** @param value the PEM, in which `\n` may stand for line breaks, or the path of a PEM file */
function readPublicKey(reader: EnvReader, value: string): JwtKeys {
  const reject = (problem: string): JwtKeys => {
    reader.addProblem('JWT_PUBLIC_KEY', problem);
    return { kind: 'secret', secret: undefined, previousSecret: undefined };
  };
  let pem = value.replaceAll('\\n', '\n');
  if (!pem.includes('-----BEGIN')) {
    try {
      pem = readFileSync(value, 'utf8');
    } catch (error) {
      return reject(`is neither PEM nor the path of a readable file (${(error as NodeJS.ErrnoException).code ?? ''})`);
    }
  }
  if (pem.includes('PRIVATE KEY')) return reject('is a private key; give this server only the public key');
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return reject('is not a public key in PEM');
  }
  const algorithm = algorithmFor(key);
  if (algorithm === undefined) return reject('must be an RSA key of 2048 bits or more, a P-256 key or an Ed25519 key');
  return { kind: 'public-key', key, algorithm };
}

function algorithmFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): PublicKeyAlgorithm | undefined {
  const { modulusLength = 0, namedCurve } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'rsa' && modulusLength >= minRsaBits) return 'RS256';
  if (asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256';
  return asymmetricKeyType === 'ed25519' ? 'EdDSA' : undefined;
}
