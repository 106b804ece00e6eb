import { sampleEnvironment } from '../../../src/openapi/sample-config.js';
import { legacyCalls } from '../../support/legacy/access.js';
import { addressOf, outcomeOf, restRoutes, tokenRoute, type Ids } from '../../support/rest/access.js';
import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import * as crossSite from '../../support/http/cross-site.js';
import { bodyOfPairs, rawLegacy, rowCounts } from '../../support/legacy/bodies.js';
import {
  LegacyClient,
  encodings,
  failure,
  firstAddress,
  laterAddress,
  type Encoding,
} from '../../support/legacy/client.js';
import { storedOf } from '../../support/legacy/stored-rows.js';
import { rawBytes, rawCall } from '../../support/rest/raw.js';
import { routesOf } from '../../support/rest/routes.js';
import { full } from '../../support/run/full.js';
import { everyNth, product, rotated } from '../../support/run/sample.js';
import { TestServer } from '../../support/http/server.js';

const { foreignHosts, foreignOrigins, forwardingHeaders, overridingHeaders, ownName, permissions } = crossSite;
const routes = Object.keys(restRoutes);
const writes = routes.filter((route) => !route.startsWith('GET'));
/** Readable for every origin: they have no data of a user. */
const publicFiles = ['multi-chat-manager.js', 'chat-api.js', 'multi-chat-manager.d.ts'].map(
  (name) => `GET /client/${name}`,
);
const reads = routes.filter((route) => route.startsWith('GET') && !publicFiles.includes(route));
/** Answered whatever `Host` says: they show nothing but the version. */
const probes = ['GET /livez', 'GET /readyz', 'HEAD /livez', 'HEAD /readyz'];
const methodOf = (route: string) => route.replace(/ .*$/, '');
const legacyAddresses = [firstAddress, laterAddress];
const legacyActions = Object.keys(legacyCalls);

// The index shifts the sample, so that the two configurations do not try the same pairs.
describe.each<[string, number, Record<string, string>]>([
  ['none', 0, {}],
  ['another site', 1, { ALLOWED_ORIGINS: 'https://moodle.example.org' }],
])('a foreign page, if ALLOWED_ORIGINS has %s,', (_, index, environment) => {
  let server: TestServer;
  let client: Client;
  let page: LegacyClient;
  let ids: Ids;
  let authorization: string;
  let before: unknown;
  /** Whether the last test may have changed the chats. */
  let changed = true;

  const stored = async () => [await rowCounts(server), await storedOf(server, client.owner)];

  beforeAll(async () => {
    server = await TestServer.start({ ...sampleEnvironment, ALLOWED_HOSTS: ownName, ...environment });
  });
  beforeEach(async () => {
    // Only when needed, because many tests change nothing.
    if (changed) await createChats();
    changed = true;
    before = await stored();
  });
  afterEach(async () => {
    expect(await stored()).toEqual(before);
    changed = false;
  });
  afterAll(() => server.stop());

  async function createChats(): Promise<void> {
    client = await server.client();
    page = new LegacyClient(server.url, client.token, client.owner);
    authorization = `Bearer ${client.token}`;
    const session = await client.newSession({ title: 'Own' });
    ids = { session, message: expectStatus(await client.save(session, { content: 'Own words' }), 201).id };
    await client.newSession();
  }

  const pairsOf = (action: string): [string, string][] =>
    Object.entries({
      ...legacyCalls[action]?.fields(ids.session, ids.message),
      action,
      cmid: '1',
      sesskey: client.token,
    });
  const expectRefused = (answer: Answer<unknown>, outcome: string) => {
    expect(outcomeOf(answer)).toBe(outcome);
    expect(permissions(answer)).toEqual([]);
    expect(answer.text).not.toContain('Own words');
  };

  const headersOf = (origin: string) => ({ origin, host: ownName });
  const post = (origin: string, path: string, pairs: [string, string][], encoding: Encoding = 'urlencoded') => {
    const { body, type } = bodyOfPairs(pairs, encoding);
    return rawLegacy(server, { path, body, headers: { ...headersOf(origin), 'content-type': type } });
  };

  it.each(full(product(foreignOrigins, legacyActions), rotated(foreignOrigins, legacyActions, index)))(
    'a post from %j of the action %s is rejected, even with the token',
    async ([, origin], action) => {
      const answers = legacyAddresses.map((path) => post(origin, path, pairsOf(action)));
      for (const answer of await Promise.all(answers)) expectRefused(answer, '403 foreign_origin');
    },
  );

  const originSample = everyNth(foreignOrigins, 7, index);

  it.each(full(product(foreignOrigins, encodings), rotated(originSample, encodings)))(
    'a post from %j as %s is rejected',
    async ([, origin], encoding) => {
      for (const action of ['append_message', 'delete_chat_session']) {
        expectRefused(await post(origin, firstAddress, pairsOf(action), encoding), '403 foreign_origin');
      }
    },
  );

  it.each(full(foreignOrigins, originSample))(
    'a post from %s of JSON as text/plain is rejected',
    async (__, origin) => {
      const body = JSON.stringify(Object.fromEntries(pairsOf('append_message')));
      const headers = { ...headersOf(origin), 'content-type': 'text/plain' };
      expectRefused(await rawLegacy(server, { body, headers }), '415 unsupported_media_type');
    },
  );

  it.each(full(foreignOrigins, originSample.slice(0, 1)))(
    '%s gets no permission from a preflight at any path',
    async (__, origin) => {
      const addresses = new Set(routesOf(server).map((route) => addressOf(route, ids)));
      for (const [path, method] of product([...addresses], ['GET', 'POST', 'PATCH', 'DELETE'])) {
        const asking = { 'access-control-request-method': method, 'access-control-request-headers': 'authorization' };
        const headers = { ...headersOf(origin), ...asking };
        const answer = await rawCall(server.url, path, { method: 'OPTIONS', headers });
        expect([path, answer.status, permissions(answer)]).toEqual([path, 405, []]);
      }
    },
  );

  it.each(full(foreignOrigins, originSample))('%s cannot read the response to its request', async (__, origin) => {
    for (const route of reads) {
      const headers = { ...headersOf(origin), authorization };
      const answer = await rawCall(server.url, addressOf(route, ids), { headers });
      expect([route, permissions(answer)]).toEqual([route, []]);
    }
  });

  describe('without a preflight', () => {
    const simple = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];

    it.each(full(writes, everyNth(writes, 2, index)))('cannot send %s', async (route) => {
      const body = JSON.stringify({ ...restRoutes[route]?.body, token: client.token, authorization });
      for (const type of simple) {
        const headers = {
          origin: 'https://evil.example',
          'content-type': type,
          'content-length': String(body.length),
          cookie: `token=${client.token}`,
        };
        const address = addressOf(route, ids);
        const answer = await rawCall(server.url, address, { method: methodOf(route), headers, body });
        // The exchange of tokens reads the login in the body first.
        expectRefused(answer, route === tokenRoute ? '415 unsupported_media_type' : '401 unauthenticated');
        if (restRoutes[route]?.body === undefined) continue;
        // Even with the token, a body of these types is rejected.
        const request = { method: methodOf(route), headers: { ...headers, authorization }, body };
        expectRefused(await rawCall(server.url, address, request), '415 unsupported_media_type');
      }
    });

    it.each(full(writes, everyNth(writes, 2, index + 1)))('cannot write by a link: %s', async (route) => {
      const query = new URLSearchParams(Object.entries(restRoutes[route]?.body ?? {}) as [string, string][]).toString();
      const address = `${addressOf(route, ids)}?${query}`;
      for (const more of [{}, { authorization }]) await rawCall(server.url, address, { headers: more });
    });

    it.each(full(overridingHeaders, everyNth(overridingHeaders, 2, index)))(
      'cannot override the method with %s',
      async (name) => {
        for (const method of ['DELETE', 'PATCH', 'POST']) {
          const headers = { authorization, [name]: method };
          for (const route of reads.filter((one) => one.includes(':sessionId'))) {
            expectStatus((await rawCall(server.url, addressOf(route, ids), { headers })) as Answer<unknown>, 200);
          }
          const link = `/api/v1/sessions/${ids.session}?_method=${method}`;
          await rawCall(server.url, link, { headers });
        }
        const answer = await client.call('POST', '/api/v1/messages', { role: 'user', content: 'x', _method: 'DELETE' });
        expectRefused(answer, '422 validation_failed');
        failure(await rawLegacy(server, { method: 'GET', headers: { [name]: 'POST' } }), 405, 'method_not_allowed');
      },
    );
  });

  it('gets no JSONP, and no answer that it could load as a script', async () => {
    for (const route of reads) {
      for (const name of ['callback', 'jsonp', 'cb']) {
        const address = `${addressOf(route, ids)}?${name}=stolen`;
        const answer = await rawCall(server.url, address, { headers: { authorization } });
        expect([route, answer.text.includes('stolen(')]).toEqual([route, false]);
        expect([route, answer.headers.get('x-content-type-options')]).toEqual([route, 'nosniff']);
        expect([route, answer.headers.get('cross-origin-resource-policy')]).toEqual([route, 'same-origin']);
      }
    }
  });

  const hostSample = everyNth(foreignHosts, 9, index);

  it.each(full(foreignHosts, hostSample))(
    'with %s in Host gets nothing from any route but the probes, even with the token',
    async (__, host) => {
      for (const route of routesOf(server)) {
        const headers = { host, origin: `http://${host}`, authorization, 'content-type': 'application/json' };
        const method = methodOf(route);
        const body = restRoutes[route]?.body;
        const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
        const answer = await rawCall(server.url, addressOf(route, ids), request);
        if (probes.includes(route)) expect([route, answer.status]).toEqual([route, 200]);
        else if (method === 'HEAD') expect([route, answer.status]).toEqual([route, 421]);
        else expectRefused(answer, '421 misdirected_request');
        expect(answer.text).not.toContain(client.token);
      }
    },
  );

  // ALLOWED_ORIGINS does not affect hosts: in the sample each host is tried with one configuration.
  const hostActions = rotated(everyNth(foreignHosts, 2, index), legacyActions, index);
  it.each(full(product(foreignHosts, legacyActions), hostActions))(
    'with %j in Host cannot call the action %s',
    async ([, host], action) => {
      const form = bodyOfPairs(pairsOf(action), 'urlencoded');
      for (const path of legacyAddresses) {
        const headers = { host, origin: `http://${host}`, 'content-type': form.type };
        expectRefused(await rawLegacy(server, { path, body: form.body, headers }), '421 misdirected_request');
      }
    },
  );

  it.each(full(foreignHosts, hostSample))('with %s in Host gets nothing by headers of proxies', async (__, host) => {
    for (const name of forwardingHeaders) {
      const headers = { host, [name]: 'localhost', forwarded: 'host=localhost' };
      for (const route of ['/docs/swagger-ui-init.js', '/openapi.json', '/nowhere']) {
        expectRefused(await rawCall(server.url, route, { headers }), '421 misdirected_request');
      }
    }
  });

  it.each(full(forwardingHeaders, everyNth(forwardingHeaders, 2, index)))(
    'gets no link to its own host by %s',
    async (name) => {
      const headers = { [name]: 'evil.example', forwarded: 'host=evil.example', 'x-forwarded-proto': 'https' };
      const again = { id: ids.session };
      const answer = await client.call<unknown>('POST', '/api/v1/sessions', again, { headers });
      const docs = await rawCall(server.url, '/docs', { headers });
      expect([answer.status, docs.status]).toEqual([200, 200]);
      for (const { text, headers: answered } of [answer, docs]) {
        expect(text + JSON.stringify([...answered])).not.toContain('evil.example');
      }
      expectStatus(await page.call('test', {}, { headers }), 200);
    },
  );

  it.each([
    ['two hosts, ours first', 'GET /docs/swagger-ui-init.js HTTP/1.1\r\nHost: localhost\r\nHost: evil.example'],
    ['two hosts, ours last', 'GET /docs/swagger-ui-init.js HTTP/1.1\r\nHost: evil.example\r\nHost: localhost'],
    ['one host twice', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: localhost'],
    ['a foreign host in the URL', 'GET http://evil.example/docs/swagger-ui-init.js HTTP/1.1\r\nHost: localhost'],
    ['our host in the URL', 'GET http://localhost/docs/swagger-ui-init.js HTTP/1.1\r\nHost: evil.example'],
    ['an absolute URL, as for a proxy', 'GET http://localhost/livez HTTP/1.1\r\nHost: localhost'],
    ['a host folded into two lines', 'GET /livez HTTP/1.1\r\nHost:\r\n localhost'],
    ['HTTP/1.0 without a host', 'GET /docs/swagger-ui-init.js HTTP/1.0'],
  ])('gets nothing with %s', async (__, head) => {
    const text = await rawBytes(server.url, `${head}\r\nConnection: close\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 4(21|00) /);
    expect(text).not.toMatch(/window\.onload|"ok"/);
  });

  it('cannot open a tunnel with CONNECT', async () => {
    const text = await rawBytes(server.url, 'CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(text).not.toMatch(/^HTTP\/1\.1 2/);
  });
});
