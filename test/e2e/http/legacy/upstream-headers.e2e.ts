import { bodyOfPairs, formTypes, rawLegacy, type TypedBody } from '../../../support/legacy/bodies.js';
import { LegacyClient } from '../../../support/legacy/client.js';
import { TestServer } from '../../../support/http/server.js';
import { Upstream, project } from '../../../support/legacy/upstream.js';

describe('the headers of a proxied request', () => {
  let upstream: Upstream;
  let server: TestServer;

  beforeAll(async () => {
    upstream = await Upstream.start();
    server = await TestServer.start({ LEGACY_UPSTREAM_URL: upstream.url });
  });
  beforeEach(() => {
    upstream.reset();
  });
  afterAll(async () => {
    await server.stop();
    await upstream.stop();
  });

  const send = ({ body, type }: TypedBody, headers: Record<string, string> = {}) =>
    rawLegacy(server, { body, headers: { 'content-type': type, ...headers } });
  const form = (fields: Record<string, string>) => bodyOfPairs(Object.entries(fields), 'urlencoded');

  it('proxies headers unchanged', async () => {
    const headers = {
      host: 'localhost:8443',
      cookie: 'MoodleSession=abc123; MOODLEID1_=%25e2%25f3; x="a,b; c"',
      'user-agent': 'Mozilla/5.0 (X11)',
      'x-requested-with': 'XMLHttpRequest',
      origin: 'https://evil.example',
      referer: 'https://localhost:8443/mod/writeassistdev/view.php?id=1',
      authorization: 'Basic YTpi',
      accept: '*/*',
      'accept-language': 'de-AT, en;q=0.5',
      'accept-encoding': 'gzip, br',
      'content-type': formTypes.urlencoded,
      'x-custom': 'a  b',
    };
    await rawLegacy(server, { body: form({ action: 'save_project' }).body, headers });
    for (const [name, value] of Object.entries(headers)) {
      expect([name, upstream.only.headers[name]]).toEqual([name, [value]]);
    }
    expect(upstream.only.headers['content-length']).toEqual([String(upstream.only.body.length)]);
    const names = upstream.only.headerNames.map((name) => name.toLowerCase());
    const added = names.filter((name) => !(name in headers) && name !== 'content-length');
    expect(added.sort()).toEqual(['cdn-loop', 'connection', 'x-forwarded-for']);
  });

  it.each([
    ['keep-alive', 'timeout=5'],
    ['te', 'trailers'],
    ['proxy-connection', 'keep-alive'],
    ['upgrade', 'h2c'],
    ['expect', '100-continue'],
    ['proxy-authorization', 'Basic YTpi'],
    ['proxy-authenticate', 'Basic'],
  ])('does not proxy the hop-by-hop header %s', async (name, value) => {
    const answer = await send(form({ action: 'load_project' }), { [name]: value });
    expect([answer.status, answer.text]).toEqual([200, project]);
    expect(upstream.only.headers[name]).toBeUndefined();
  });

  it('does not proxy headers that Connection names', async () => {
    const headers = { connection: 'close, X-Hop', 'x-hop': '1', 'x-kept': '2' };
    expect((await send(form({ action: 'load_project' }), headers)).text).toBe(project);
    expect(upstream.only.headers).toMatchObject({ 'x-kept': ['2'] });
    expect(upstream.only.headers['x-hop']).toBeUndefined();
  });

  it('does not proxy its own tokens', async () => {
    await send(form({ action: 'load_project' }), {
      authorization: `Bearer ${(await LegacyClient.of(server)).token}`,
      cookie: 'MoodleSession=a',
    });
    expect(upstream.only.headers).toMatchObject({ cookie: ['MoodleSession=a'] });
    expect(upstream.only.headers.authorization).toBeUndefined();
  });
});
