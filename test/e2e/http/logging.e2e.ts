import { expectStatus, type Client } from '../../support/rest/client.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { rawBytes, rawCall } from '../../support/rest/raw.js';
import { TestServer } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

interface Line {
  level: number;
  time: number;
  msg: string;
  method?: string;
  route?: string;
  status?: number;
  ms?: number;
  requestId?: string;
}

describe('the log', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start({ LOG_LEVEL: 'trace' });
    client = await server.client();
  });
  afterAll(() => server.stop());

  const lines = () => server.log.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as Line);
  /** The lines about one request. The last one is written after its answer. */
  const linesOf = async (requestId: string | null) => {
    const found = () => lines().filter((line) => line.requestId === requestId);
    const isComplete = () => found().some(({ msg }) => msg === 'request');
    await waitUntil(isComplete, undefined, `a line about ${String(requestId)}`);
    return found();
  };

  it('has one JSON object per line', async () => {
    const answer = await client.sessions();
    expectStatus(answer, 200);
    await linesOf(answer.headers.get('x-request-id'));
    for (const line of lines()) {
      expect(typeof line.level).toBe('number');
      expect(typeof line.msg).toBe('string');
    }
  });

  it.each<[string, string, number, string, unknown]>([
    ['GET', '/api/v1/sessions?limit=1', 200, '/api/v1/sessions', undefined],
    ['POST', '/api/v1/sessions', 201, '/api/v1/sessions', {}],
    ['POST', '/api/v1/sessions', 422, '/api/v1/sessions', { title: '' }],
    ['GET', '/api/v1/sessions/missing', 404, '/api/v1/sessions/:sessionId', undefined],
    ['DELETE', '/api/v1/sessions/missing/messages', 404, '/api/v1/sessions/:sessionId/messages', undefined],
    ['GET', '/api/v1/sessions/a/messages/1', 404, '/api/v1/sessions/:sessionId/messages/:messageId', undefined],
    ['GET', '/livez', 200, '/livez', undefined],
    ['GET', '/nowhere/at/all', 404, '(none)', undefined],
    ['GET', '/api/v1/nowhere/at/all', 404, '/api/v1/...', undefined],
    ['PUT', '/api/v1/sessions', 405, '/api/v1/sessions', undefined],
    ['OPTIONS', '/api/v1/sessions', 405, '/api/v1/sessions', undefined],
    ['OPTIONS', '/mod/writeassistdev/ajax.php', 405, '/mod/writeassistdev/ajax.php', undefined],
    ['PUT', '/api/v1/sessions/x/messages', 405, '/api/v1/sessions/:sessionId/messages', undefined],
  ])('has one line about %s %s with status %s', async (method, path, status, route, body) => {
    const answer = await client.call(method, path, body);
    expect(answer.status).toBe(status);
    const found = await linesOf(answer.headers.get('x-request-id'));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ level: 30, msg: 'request', method, route, status });
    expect(found[0]?.ms).toBeGreaterThanOrEqual(0);
    expect(found[0]?.ms).toBeLessThan(10_000);
  });

  it('tells who got which error, and of other requests no person', async () => {
    const { userId, activityId } = client.owner;
    const failed = await client.session('missing');
    const [line] = await linesOf(failed.headers.get('x-request-id'));
    expect(line).toMatchObject({ status: 404, code: 'session_not_found', userId, activityId });
    const page = await LegacyClient.of(server, client.owner);
    const refused = await page.call('update_chat_title', { session_id: 'missing', title: 'x' });
    const [legacyLine] = await linesOf(refused.headers.get('x-request-id'));
    expect(legacyLine).toMatchObject({ status: 404, userId, activityId });
    const done = await client.sessions();
    const [other] = await linesOf(done.headers.get('x-request-id'));
    expect(Object.keys(other ?? {}).filter((name) => ['code', 'userId', 'activityId'].includes(name))).toEqual([]);
  });

  it.each<[string, string, number, Record<string, string>]>([
    ['without a token', '/api/v1/sessions', 401, {}],
    ['with a foreign Host', '/docs', 421, { host: 'evil.example' }],
    ['with a URL that cannot be decoded', '/%zz', 400, {}],
    ['with an id that is too long', `/api/v1/sessions/${'x'.repeat(200)}`, 401, {}],
  ])('has one line about a request %s', async (_, path, status, headers) => {
    const answer = await rawCall(server.url, path, { headers });
    expect(answer.status).toBe(status);
    const found = await linesOf(answer.headers.get('x-request-id'));
    // The first of its reason has another line, with the reason.
    const [line, ...others] = found.filter(({ msg }) => !['unauthenticated', 'misdirected_request'].includes(msg));
    expect(line).toMatchObject({ msg: 'request', method: 'GET', status: answer.status });
    expect(others).toEqual([]);
  });

  it('has nothing above info about successful requests', async () => {
    const before = server.log.length;
    const owner = await server.client();
    const id = await owner.newSession({ title: 'A title' });
    expectStatus(await owner.save(id, { content: 'A content', timestamp: '2026-01-01T00:00:00Z' }), 201);
    expectStatus(await owner.messages(id, '?limit=10&order=desc'), 200);
    const levels = server.log.slice(before).map((line) => (JSON.parse(line) as { level: number }).level);
    expect(levels.length).toBeGreaterThan(2);
    expect(levels.filter((level) => level > 30)).toEqual([]);
  });

  it("has the caller's request id if it is valid", async () => {
    const ask = (id: string) => client.call('GET', '/livez', undefined, { headers: { 'x-request-id': id } });
    await ask('trace-me.1');
    expect(await linesOf('trace-me.1')).toHaveLength(1);
    await ask('{"level":60}');
    expect(server.log.join('')).not.toContain('level\\":60');
  });

  it('never has texts of users, tokens or parts of a URL', async () => {
    const mark = 'MARK7f3a';
    const owner = await server.client();
    const id = await owner.newSession({ title: `${mark} title` });
    const named = { content: `${mark} content`, clientMessageId: `${mark}-name` };
    expectStatus(await owner.save(id, named), 201);
    expectStatus(await owner.save(id, named), 200);
    expectStatus(await owner.rename(id, `${mark} renamed`), 200);
    await owner.save(id, { ...named, content: `${mark} other` });
    await owner.save(id, { content: `${mark}\0`, role: mark, timestamp: mark, [mark]: mark });
    await owner.createSession({ id: `${mark} id` });
    await owner.call('POST', '/api/v1/sessions', undefined, { raw: `{"title":"${mark}` });
    await owner.call('POST', '/api/v1/sessions', undefined, { raw: `{"${mark}":1,"${mark}":2}` });
    await owner.call('POST', '/api/v1/messages', undefined, { raw: mark, headers: { 'content-type': mark } });
    await owner.messages(id, `?after=${mark}&limit=${mark}&${mark}=1`);
    await owner.session(mark);
    await owner.call('GET', `/${mark}?token=${mark}`);
    await owner.call('GET', `/docs/${mark}`);
    await rawCall(server.url, `/%zz${mark}`);
    await rawCall(server.url, `/api/v1/sessions/${mark.repeat(50)}`);
    for (const path of ['/livez', '/docs']) {
      await rawCall(server.url, path, { headers: { host: `${mark}.example`, cookie: mark, referer: mark } });
    }
    await rawCall(server.url, '/api/v1/sessions', { headers: { authorization: `Bearer ${mark}` } });
    await rawCall(server.url, '/livez', { headers: { 'user-agent': mark, 'x-forwarded-for': mark } });
    await rawBytes(server.url, `${mark}\r\n\r\n`);
    const last = await owner.sessions();
    await linesOf(last.headers.get('x-request-id'));
    const log = server.log.join('').toLowerCase();
    expect(log).not.toContain(mark.toLowerCase());
    expect(log).not.toContain(owner.token.toLowerCase());
    for (const part of owner.token.split('.').slice(1)) expect(log).not.toContain(part.toLowerCase());
    expect(log).not.toContain('bearer');
  });

  it('never has texts of users when a statement fails', async () => {
    const mark = 'MARK9c1d';
    const id = await client.newSession();
    // The next message gets the sequence of this one, which violates the unique key.
    expectStatus(await client.save(id, { content: `${mark} first` }), 201);
    await server.dataSource.query('UPDATE writeassistdev_chat_sessions SET last_sequence = 0 WHERE session_id = ?', [
      id,
    ]);
    const answer = await client.save(id, { content: `${mark} content` });
    expect([answer.status, answer.text.includes(mark)]).toEqual([500, false]);
    const found = await linesOf(answer.headers.get('x-request-id'));
    expect(found.map(({ level, msg }) => [level, msg])).toEqual([
      [50, 'internal_error'],
      [30, 'request'],
    ]);
    expect(server.log.join('')).not.toContain(mark);
    expect(server.log.join('')).not.toContain('INSERT INTO');
  });
});
