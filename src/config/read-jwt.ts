import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readHttpUrl } from './urls.js';
import type { JwtConfig, JwtKeys, PublicKeyAlgorithm } from './config.js';
import type { EnvReader } from './env-reader.js';

/** What stands in documentation and tutorials, ours and others', is known to everybody: no secret. */
const sampleSecrets = [
  /secret|password|change.?me|example|sample|at.?least|characters/i,
  /your.?(jwt|256)/i,
  /0123456789|abcdefghij/i,
  /^(.{1,8})\1+$/,
];

const keyVariables = ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWKS_URL'] as const;
const minRsaBits = 2048;

export function readJwt(reader: EnvReader, production: boolean): JwtConfig {
  const jwt = {
    keys: readKeys(reader, production),
    issuer: reader.optional('JWT_ISSUER'),
    audience: reader.optional('JWT_AUDIENCE'),
    maxAgeSeconds: reader.integer('JWT_MAX_AGE_SECONDS', 0, 315_360_000),
  };
  // Who publishes keys signs for others as well, and their tokens are none of ours (RFC 8725 section 3.9).
  if (production && jwt.keys.kind === 'jwks' && (jwt.issuer === undefined || jwt.audience === undefined)) {
    reader.addProblem('JWKS_URL', 'needs JWT_ISSUER and JWT_AUDIENCE in production: its keys may sign for others too');
  }
  return jwt;
}

function readKeys(reader: EnvReader, production: boolean): JwtKeys {
  const [secret, pem] = [reader.optional('JWT_SECRET'), reader.optional('JWT_PUBLIC_KEY')];
  const url = readHttpUrl(reader, 'JWKS_URL', {
    allowInsecure: false,
    insecureMessage: 'must be https://, unless it is loopback: whoever is in between could sign every token',
  });
  const [one, ...others] = keyVariables.filter((name) => reader.optional(name) !== undefined);
  if (one !== undefined && others.length > 0) {
    reader.addProblem(one, `must not stand beside ${others.join(' and ')}: tokens are checked in one way`);
  }
  if (url !== undefined) return { kind: 'jwks', url };
  if (pem !== undefined) return readPublicKey(reader, pem);
  checkSecret(reader, secret, production);
  return { kind: 'secret', secret };
}

function checkSecret(reader: EnvReader, secret: string | undefined, production: boolean): void {
  if (secret === undefined) {
    if (!production) return;
    reader.addProblem(
      'JWT_SECRET',
      'is required in production and wherever others may reach this server; a generated one is for trying out',
    );
  } else if (Buffer.byteLength(secret) < 32) {
    reader.addProblem('JWT_SECRET', `must be 32 bytes of UTF-8 or more, is ${Buffer.byteLength(secret)}`);
  } else if (production && sampleSecrets.some((sample) => sample.test(secret))) {
    reader.addProblem('JWT_SECRET', 'looks like a sample; make one with: openssl rand -base64 48');
  }
}

/** The PEM itself, whose lines may be written with `\n`, or the path of its file. */
function readPublicKey(reader: EnvReader, given: string): JwtKeys {
  const refuse = (problem: string): JwtKeys => {
    reader.addProblem('JWT_PUBLIC_KEY', problem);
    return { kind: 'secret', secret: undefined };
  };
  let pem = given.replaceAll('\\n', '\n');
  if (!pem.includes('-----BEGIN')) {
    try {
      pem = readFileSync(given, 'utf8');
    } catch (error) {
      return refuse(`is neither PEM nor a file that can be read (${(error as NodeJS.ErrnoException).code ?? ''})`);
    }
  }
  if (pem.includes('PRIVATE KEY')) return refuse('is a private key: this server must have the public one alone');
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return refuse('is not a public key in PEM');
  }
  const algorithm = algorithmFor(key);
  if (algorithm === undefined) return refuse('must be of RSA with 2048 bits or more, of P-256 or Ed25519');
  return { kind: 'public-key', key, algorithm };
}

function algorithmFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): PublicKeyAlgorithm | undefined {
  const { modulusLength = 0, namedCurve } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'rsa' && modulusLength >= minRsaBits) return 'RS256';
  if (asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256';
  return asymmetricKeyType === 'ed25519' ? 'EdDSA' : undefined;
}
