import { createHmac } from 'node:crypto';
import { expectStatus, type Answer } from '../../../support/rest/client.js';
import { passTime, restoreTime } from '../../../support/http/clock.js';
import { KeyServer, Signer, algorithms } from '../../../support/http/key-server.js';
import { comparableAnswer, refusal } from '../../../support/rest/problems.js';
import { rawCall } from '../../../support/rest/raw.js';
import { claims, encode, seconds, signed, testSecret, wrongIds } from '../../../support/rest/tokens.js';
import { full } from '../../../support/run/full.js';
import { everyNth } from '../../../support/run/sample.js';
import { TestServer } from '../../../support/http/server.js';
import { waitUntil } from '../../../support/run/wait-until.js';

const list = (server: TestServer, token: string) =>
  rawCall(server.url, '/api/v1/sessions', { headers: { authorization: `Bearer ${token}` } });
const rows = (server: TestServer) => server.dataSource.query<unknown[]>('SELECT * FROM writeassistdev_chat_owners');

/** Tokens that a server with the signer's keys must reject: the reason, and how to create them. */
function forged(signer: Signer): [string, () => string | Promise<string>][] {
  const parts = async (changes = {}) => (await signer.sign(changes)).split('.');
  const hmac = (key: string | Buffer, header: object = {}) => {
    const body = `${encode({ alg: 'HS256', typ: 'JWT', kid: signer.kid, ...header })}.${encode(claims())}`;
    return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
  };
  const { publicKey } = signer;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const other = new Signer(signer.algorithm, signer.kid);
  return [
    ['is signed by another key with the same kid', () => other.sign()],
    ['contains its key', () => other.sign({}, { jwk: other.jwk })],
    ['contains the URL of its key', () => other.sign({}, { jku: 'http://127.0.0.1:9/keys' })],
    ['contains a certificate', () => other.sign({}, { x5c: [der.toString('base64')], x5u: 'http://127.0.0.1:9/' })],
    ['uses the public key as a secret: PEM', () => hmac(signer.pem)],
    ['uses the public key as a secret: PEM without its last line break', () => hmac(signer.pem.trim())],
    ['uses the public key as a secret: DER', () => hmac(der)],
    ['uses the public key as a secret: JWK', () => hmac(JSON.stringify(signer.jwk))],
    ['is signed with an empty secret', () => hmac('')],
    ['is signed with a secret', () => signed(claims(), { secret: testSecret })],
    ['has alg none', () => `${encode({ alg: 'none' })}.${encode(claims())}.`],
    ['has alg none and a signature', async () => `${encode({ alg: 'none' })}.${(await parts()).slice(1).join('.')}`],
    [
      'has another alg than its signature',
      async () => `${encode({ alg: 'PS256' })}.${(await parts()).slice(1).join('.')}`,
    ],
    ['had its user changed', async () => (await parts()).with(1, encode(claims({ sub: '3' }))).join('.')],
    ['had its header changed', async () => (await parts()).with(0, encode({ alg: signer.algorithm, x: 1 })).join('.')],
    ['lacks its signature', async () => (await parts()).with(2, '').join('.')],
    ['has a signature of zeros', async () => (await parts()).with(2, Buffer.alloc(64).toString('base64url')).join('.')],
    ['has its payload as its signature', async () => (await parts()).with(2, encode(claims())).join('.')],
    ['is expired', () => signer.sign({ exp: seconds() - 70 })],
    ['never expires', () => signer.sign({ exp: undefined })],
    ['is not valid yet', () => signer.sign({ nbf: seconds() + 70 })],
    ['was issued in the future', () => signer.sign({ iat: seconds() + 70 })],
    ['is older than a week', () => signer.sign({ iat: seconds() - 604_900 })],
    ['has another issuer', () => signer.sign({ iss: 'https://evil.example' })],
    ['has no issuer', () => signer.sign({ iss: undefined })],
    ['has another audience', () => signer.sign({ aud: 'other' })],
    ['has no audience', () => signer.sign({ aud: undefined })],
    ['is a logout token', () => signer.sign({}, { typ: 'logout+jwt' })],
    ['requires an unknown extension', () => signer.sign({}, { crit: ['exp'], exp: 1 }).catch(() => 'a.b.c')],
    ['has a path as kid', () => other.sign({}, { kid: '../../dev/null' })],
    ['has SQL as kid', () => other.sign({}, { kid: "x' UNION SELECT 'y" })],
    ['is not a token', () => 'token'],
    ...wrongIds.slice(0, 12).flatMap(([how, id]): [string, () => Promise<string>][] => [
      [`has a user that is ${how}`, () => signer.sign({ sub: id })],
      [`has an activity that is ${how}`, () => signer.sign({ activity: id })],
    ]),
  ];
}

afterEach(restoreTime);

const named = { iss: 'https://id.example', aud: 'chat' };
const names = { JWT_ISSUER: named.iss, JWT_AUDIENCE: named.aud };

/** A signer whose tokens have the configured issuer and audience by default. */
class NamedSigner extends Signer {
  override sign(changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
    return super.sign({ ...named, ...changes }, header);
  }
}

describe.each(algorithms)('tokens of %s, checked with a public key', (algorithm) => {
  const signer = new NamedSigner(algorithm, 'one');
  let server: TestServer;
  let without: Answer<unknown>;

  beforeAll(async () => {
    server = await TestServer.start({ JWT_PUBLIC_KEY: signer.pem, ...names });
    without = await rawCall(server.url, '/api/v1/sessions');
  });
  afterAll(() => server.stop());

  it('are accepted repeatedly until they expire', async () => {
    const token = await signer.sign({ exp: seconds() - 58 });
    expectStatus(await list(server, token), 200);
    expectStatus(await list(server, token), 200);
    expectStatus(await list(server, await signer.sign({}, { kid: undefined })), 200);
    passTime(2200);
    refusal(await list(server, token), 401, 'unauthenticated');
  });

  const forgeries = forged(signer);
  it.each(full(forgeries, everyNth(forgeries, algorithms.length, algorithms.indexOf(algorithm))))(
    'are rejected if one %s',
    async (_, make) => {
      const answer = await list(server, await make());
      refusal(answer, 401, 'unauthenticated');
      expect(comparableAnswer(answer)).toBe(comparableAnswer(without));
      expect(await rows(server)).toEqual([]);
    },
  );

  it('of the other algorithms are rejected', async () => {
    for (const other of algorithms.filter((name) => name !== algorithm)) {
      refusal(await list(server, await new NamedSigner(other, 'one').sign()), 401, 'unauthenticated');
    }
  });

  it('are not in the docs page', async () => {
    const page = await rawCall(server.url, '/docs/swagger-ui-init.js');
    expect(page.text).not.toMatch(/eyJ/);
  });
});

describe('tokens checked with published keys', () => {
  const [first, second] = [new NamedSigner('RS256', 'first'), new NamedSigner('ES256', 'second')];
  let keys: KeyServer;
  let server: TestServer;

  beforeEach(async () => {
    keys = await KeyServer.start([first.jwk]);
    server = await TestServer.start({ JWKS_URL: keys.url, ...names });
  });
  afterEach(async () => {
    await server.stop();
    await keys.stop();
  });

  it('are accepted after one request for keys', async () => {
    for (let count = 0; count < 5; count++)
      expectStatus(await list(server, await first.sign({ sub: String(count + 1) })), 200);
    expect(keys.asked).toBe(1);
  });

  it('that arrive at the same time share one request for keys', async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, index) => first.sign({ sub: String(index + 1) })));
    const answers = await Promise.all(tokens.map((token) => list(server, token)));
    for (const answer of answers) expectStatus(answer, 200);
    expect(keys.asked).toBe(1);
  });

  it('are rejected with one body when they are forged, without a request for keys', async () => {
    expectStatus(await list(server, await first.sign()), 200);
    const without = comparableAnswer(await rawCall(server.url, '/api/v1/sessions'));
    for (const [why, make] of forged(first)) {
      const answer = await list(server, await make());
      expect([why, comparableAnswer(answer)]).toEqual([why, without]);
    }
    expect(await rows(server)).toEqual([]);
    expect(keys.asked).toBe(1);
  });

  it('with unknown keys cause no further request for keys within 30 seconds', async () => {
    expectStatus(await list(server, await first.sign()), 200);
    for (let count = 0; count < 10; count++) {
      refusal(await list(server, await first.sign({}, { kid: `x${count}` })), 401, 'unauthenticated');
      refusal(await list(server, await second.sign()), 401, 'unauthenticated');
    }
    expect(keys.asked).toBe(1);
  });

  it('with a new key are accepted after 30 seconds', async () => {
    expectStatus(await list(server, await first.sign()), 200);
    keys.publish([second.jwk]);
    passTime(31_000);
    expectStatus(await list(server, await second.sign({ exp: seconds() + 600 })), 200);
    expect(keys.asked).toBe(2);
    refusal(await list(server, await first.sign({ sub: '9' })), 401, 'unauthenticated');
    expect(keys.asked).toBe(2);
  });

  it('with known keys are accepted while the key server is unreachable', async () => {
    expectStatus(await list(server, await first.sign()), 200);
    keys.answers((response) => response.destroy());
    passTime(11 * 60_000);
    for (let count = 0; count < 3; count++) {
      expectStatus(await list(server, await first.sign({ sub: String(count + 20), exp: seconds() + 3600 })), 200);
    }
    const unknown = await list(server, await second.sign({ exp: seconds() + 3600 }));
    refusal(unknown, 503, 'authentication_unavailable');
    expect(keys.asked).toBeLessThanOrEqual(3);
  });

  it('with a withdrawn key are rejected after the keys are fetched again', async () => {
    expectStatus(await list(server, await first.sign()), 200);
    keys.publish([second.jwk]);
    passTime(11 * 60_000);
    let user = 30;
    // Each time another token: one that was accepted is cached.
    const withOldKey = async () => list(server, await first.sign({ sub: String(user++), exp: seconds() + 3600 }));
    expectStatus(await withOldKey(), 200);
    await waitUntil(async () => (await withOldKey()).status !== 200);
    refusal(await withOldKey(), 401, 'unauthenticated');
    expectStatus(await list(server, await second.sign({ exp: seconds() + 3600 })), 200);
  });

  it.each<[string, KeyServer['keys'] | ((keys: KeyServer) => void)]>([
    [
      'nothing',
      (server) => {
        server.answers((response) => response.writeHead(200).end());
      },
    ],
    [
      'a page',
      (server) => {
        server.answers((response) => response.writeHead(200).end('<html></html>'));
      },
    ],
    [
      'an error',
      (server) => {
        server.answers((response) => response.writeHead(500).end('{"keys":[]}'));
      },
    ],
    [
      'no list',
      (server) => {
        server.answers((response) => response.writeHead(200).end('{"keys":{}}'));
      },
    ],
    [
      'a redirect',
      (server) => {
        server.answers((response) => response.writeHead(302, { location: server.url }).end());
      },
    ],
    [
      'more than 256 KiB',
      (server) => {
        server.answers((response) => response.writeHead(200).end(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`));
      },
    ],
    [
      'a closed connection',
      (server) => {
        server.answers((response) => response.destroy());
      },
    ],
    ['its private key', [{ ...first.privateKey.export({ format: 'jwk' }), kid: 'first', alg: 'RS256' }]],
  ])('get 503 while the key server answers with %s', async (_, answer) => {
    if (Array.isArray(answer)) keys.publish(answer);
    else answer(keys);
    for (let count = 0; count < 3; count++) {
      const refused = await list(server, await first.sign());
      refusal(refused, 503, 'authentication_unavailable');
      expect(refused.headers.get('retry-after')).toBe('1');
    }
    // A token that no key could verify gets 401 without a request for keys.
    refusal(await list(server, signed(claims())), 401, 'unauthenticated');
    expect(keys.asked).toBe(1);
    keys.publish([first.jwk]);
    passTime(6000);
    expectStatus(await list(server, await first.sign()), 200);
  });

  it.each<[string, object]>([
    ['is a secret', { kty: 'oct', k: Buffer.from(testSecret).toString('base64url'), kid: 'first' }],
    ['is for encryption', { ...new Signer('RS256', 'first').jwk, use: 'enc' }],
  ])('are rejected if the published key %s', async (_, key) => {
    keys.publish([key]);
    for (const token of [signed(claims(named), { header: { kid: 'first' } }), await first.sign()]) {
      refusal(await list(server, token), 401, 'unauthenticated');
    }
  });

  it('get 503 if the key server does not answer within five seconds', async () => {
    keys.answers(() => undefined);
    const begun = Date.now();
    refusal(await list(server, await first.sign()), 503, 'authentication_unavailable');
    expect(Date.now() - begun).toBeLessThan(20_000);
  }, 30_000);
});
