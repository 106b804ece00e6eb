import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemsOf } from '../../test/support/http/refused-config.js';
import { readConfig } from './read-config.js';

const goodSecret = 'kX4vN8qR2tY6uI0oP3aS7dF1gH5jK9lZ2xC4vB8nM6q';
const pem = { type: 'spki', format: 'pem' } as const;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const [ec, ed] = [generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ed25519')];
const publicKeys = {
  RS256: rsa.publicKey.export(pem).toString(),
  ES256: ec.publicKey.export(pem).toString(),
  EdDSA: ed.publicKey.export(pem).toString(),
};

describe('JWT_PUBLIC_KEY', () => {
  const folder = mkdtempSync(join(tmpdir(), 'key-test-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(Object.entries(publicKeys))('of %s is accepted as PEM, on one line and as a file', (algorithm, text) => {
    const file = join(folder, `${algorithm}.pem`);
    writeFileSync(file, text);
    for (const given of [text, text.replaceAll('\n', '\\n'), file]) {
      const { keys } = readConfig({ JWT_PUBLIC_KEY: given }).jwt;
      expect(keys).toMatchObject({ kind: 'public-key', algorithm });
      expect(keys.kind === 'public-key' && keys.key.export(pem)).toBe(text);
    }
  });

  it('replaces JWT_SECRET in production', () => {
    expect(readConfig({ NODE_ENV: 'production', JWT_PUBLIC_KEY: publicKeys.ES256 }).production).toBe(true);
  });

  const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
  it.each<[string, string, string]>([
    ['a private key', rsa.privateKey.export(pkcs8).toString(), 'is a private key'],
    [
      'a private key of another form',
      ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      'is a private key',
    ],
    ['nonsense in PEM', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'is not a public key in PEM'],
    ['half of one', publicKeys.RS256.slice(0, 200), 'is not a public key in PEM'],
    ['no file', join(folder, 'nowhere.pem'), 'is neither PEM nor the path of a readable file (ENOENT)'],
    ['a folder', folder, 'is neither PEM nor the path of a readable file (EISDIR)'],
    [
      'a short key',
      keyOf('rsa', { modulusLength: 1024 }),
      'must be an RSA key of 2048 bits or more, a P-256 key or an Ed25519 key',
    ],
    [
      'another curve',
      keyOf('ec', { namedCurve: 'P-384' }),
      'must be an RSA key of 2048 bits or more, a P-256 key or an Ed25519 key',
    ],
    [
      'a key for something else',
      keyOf('x25519'),
      'must be an RSA key of 2048 bits or more, a P-256 key or an Ed25519 key',
    ],
  ])('is rejected if it is %s', (_, given, message) => {
    const [problem = '', ...more] = problemsOf({ JWT_PUBLIC_KEY: given });
    expect(more).toEqual([]);
    expect(problem).toMatch(/^JWT_PUBLIC_KEY /);
    expect(problem).toContain(message);
    expect(problem).not.toContain('BEGIN');
  });
});

describe('JWT_SECRET_PREVIOUS', () => {
  const newSecret = { JWT_SECRET: goodSecret };
  const previous = goodSecret.replace('k', 'K');

  it('is read beside JWT_SECRET', () => {
    const { keys } = readConfig({ ...newSecret, JWT_SECRET_PREVIOUS: previous, NODE_ENV: 'production' }).jwt;
    expect(keys).toEqual({ kind: 'secret', secret: goodSecret, previousSecret: previous });
  });

  it.each<[Record<string, string>, string]>([
    [{ JWT_SECRET_PREVIOUS: previous }, 'needs JWT_SECRET, the new secret'],
    [{ ...newSecret, JWT_SECRET_PREVIOUS: goodSecret }, 'must be another secret than JWT_SECRET'],
    [{ ...newSecret, JWT_SECRET_PREVIOUS: 'x'.repeat(31) }, 'must be 32 bytes of UTF-8 or more, is 31'],
    [
      { ...newSecret, JWT_SECRET_PREVIOUS: 'x'.repeat(32), NODE_ENV: 'production' },
      'looks like a sample; make one with: openssl rand -base64 48',
    ],
    [
      { JWT_PUBLIC_KEY: publicKeys.ES256, JWT_SECRET_PREVIOUS: previous },
      'must not be set together with JWT_PUBLIC_KEY, which verifies all tokens',
    ],
    [
      { JWKS_URL: 'https://id.example/keys', JWT_SECRET_PREVIOUS: previous },
      'must not be set together with JWKS_URL, which verifies all tokens',
    ],
  ])('is rejected: %#', (variables, message) => {
    expect(problemsOf(variables)).toEqual([`JWT_SECRET_PREVIOUS ${message}`]);
  });
});

describe('JWKS_URL', () => {
  const audience = { JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'chat' };

  it('must be https or loopback, also outside of production', () => {
    for (const url of ['https://id.example/keys', 'http://127.0.0.1:8080/keys', 'http://[::1]/', 'http://localhost/']) {
      expect(readConfig({ JWKS_URL: url }).jwt.keys).toEqual({ kind: 'jwks', url: new URL(url) });
      expect(readConfig({ NODE_ENV: 'production', JWKS_URL: url, ...audience }).production).toBe(true);
    }
    for (const url of ['http://id.example/keys', 'http://10.0.0.1', 'http://127.0.0.1.example']) {
      const message =
        'JWKS_URL must be https://, unless it is loopback: an attacker on the network could replace the keys';
      expect(problemsOf({ JWKS_URL: url })).toEqual([message]);
    }
    for (const url of ['id.example', 'ftp://id.example', 'https://a:hunter2@id.example', 'https://id.example/?x=1']) {
      expect(problemsOf({ JWKS_URL: url })).toEqual([expect.stringMatching(/^JWKS_URL must be an http/)]);
    }
  });

  it('requires an issuer and an audience in production', () => {
    const url = { NODE_ENV: 'production', JWKS_URL: 'https://id.example/keys' };
    const lacking: Record<string, string>[] = [{}, { JWT_ISSUER: 'x' }, { JWT_AUDIENCE: 'x' }];
    for (const some of lacking) {
      expect(problemsOf({ ...url, ...some })).toEqual([
        'JWKS_URL needs JWT_ISSUER and JWT_AUDIENCE in production, because its keys may sign tokens for other services too',
      ]);
    }
  });
});

describe('JWT_SECRET, JWT_PUBLIC_KEY and JWKS_URL', () => {
  const [secret, key, url] = [
    { JWT_SECRET: goodSecret },
    { JWT_PUBLIC_KEY: publicKeys.RS256 },
    { JWKS_URL: 'https://id.example/keys' },
  ];

  it.each([
    [{ ...secret, ...key }, 'JWT_SECRET must not be set together with JWT_PUBLIC_KEY'],
    [{ ...secret, ...url }, 'JWT_SECRET must not be set together with JWKS_URL'],
    [{ ...key, ...url }, 'JWT_PUBLIC_KEY must not be set together with JWKS_URL'],
    [{ ...secret, ...key, ...url }, 'JWT_SECRET must not be set together with JWT_PUBLIC_KEY and JWKS_URL'],
  ])('cannot be combined: %#', (variables, message) => {
    expect(problemsOf(variables)).toEqual([`${message}: choose one`]);
  });
});

describe('JWT_MAX_AGE_SECONDS', () => {
  it.each(['-1', '1.5', 'week', '315360001'])('is rejected if it is %s', (text) => {
    expect(problemsOf({ JWT_MAX_AGE_SECONDS: text })).toEqual([expect.stringMatching(/^JWT_MAX_AGE_SECONDS must be/)]);
  });
});

function keyOf(kind: 'rsa' | 'ec' | 'x25519', options: object = {}): string {
  const make = generateKeyPairSync as (kind: string, options: object) => { publicKey: typeof rsa.publicKey };
  return make(kind, options).publicKey.export(pem).toString();
}
