import { Clock } from '../../../src/common/clock.js';
import type { SavedMessageDto } from '../../../src/messages/message.dto.js';
import { usageQuery } from '../../../src/quotas/usage.repository.js';
import { LegacyClient, failure, messageId } from '../../support/legacy/client.js';
import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { numbers, sqlOf } from '../../support/database/access.js';
import { TestServer } from '../../support/http/server.js';

const mebibyte = 1024 * 1024;
const half = 'x'.repeat(mebibyte / 2);

function expectQuota(answer: Answer<unknown>, name: string, limit: number): void {
  expect(answer.status).toBe(403);
  expect(answer.body).toMatchObject({ code: 'quota_exceeded', status: 403, quota: { name, limit } });
  expect(answer.body).toMatchObject({ detail: expect.stringContaining('delete chats') as unknown });
}

describe('a quota', () => {
  let server: TestServer;
  let client: Client;
  let now: () => number;

  beforeAll(async () => {
    server = await TestServer.start({
      ...{ QUOTA_OWNER_MB: '1', QUOTA_OWNER_SESSIONS: '3', QUOTA_OWNER_MESSAGES: '4', QUOTA_OWNER_MB_PER_MINUTE: '0' },
    });
    server.app.get(Clock, { strict: false }).elapsed = () => now();
  });
  beforeEach(async () => {
    now = () => performance.now();
    client = await server.client();
  });
  afterAll(() => server.stop());

  const aMinuteLater = () => {
    const start = now();
    now = () => start + 60_000;
  };

  describe('of bytes', () => {
    it('refuses the byte that is too many, changes nothing, and holds for one owner', async () => {
      const id = await client.newSession();
      // Two bytes for each character.
      expectStatus(await client.save(id, { content: 'é'.repeat(mebibyte / 4) }), 201);
      expectStatus(await client.save(id, { content: half.slice(1) }), 201);
      expectQuota(await client.save(id, { content: 'xy' }), 'bytes', mebibyte);
      expect(expectStatus(await client.session(id), 200)).toMatchObject({ messageCount: 2 });
      const { sequence } = expectStatus(await client.save(id, { content: 'x' }), 201);
      expect(sequence).toBe(3);
      const other = await server.client();
      expectStatus(await other.save(await other.newSession(), { content: 'x' }), 201);
    });

    it('answers a message that was saved before, and one that only its timestamp tells apart', async () => {
      const id = await client.newSession({ id: 'mine' });
      const named = { content: half, clientMessageId: 'named' };
      const first = expectStatus(await client.save(id, named), 201);
      const page = new LegacyClient(server.url, client.token, client.owner);
      const sent = { session_id: id, role: 'user', content: half, timestamp: new Date().toISOString() };
      const unnamed = messageId(await page.call('append_message', sent));
      expect(expectStatus(await client.save(id, named), 200)).toEqual(first);
      expect(messageId(await page.call('append_message', sent))).toBe(unnamed);
      expectQuota(await client.save(id, { ...named, clientMessageId: 'another' }), 'bytes', mebibyte);
      failure(await page.call('append_message', { ...sent, content: 'another' }), 403, 'quota_exceeded');
      expectStatus(await client.save(id, { content: 'changed', clientMessageId: 'named' }), 409);
    });

    it.each([
      ['clearing', (id: string) => client.clear(id)],
      ['deleting', (id: string) => client.deleteSession(id)],
    ])('has room again at once after %s a session', async (_name, free) => {
      const [full, id] = [await client.newSession(), await client.newSession()];
      for (const content of [half, half]) expectStatus(await client.save(full, { content }), 201);
      expectQuota(await client.save(id, { content: 'x' }), 'bytes', mebibyte);
      expectStatus(await free(full), 204);
      for (const content of [half, half]) expectStatus(await client.save(id, { content }), 201);
      expectQuota(await client.save(id, { content: 'x' }), 'bytes', mebibyte);
    });

    it('sees what another server has stored after a minute', async () => {
      const id = await client.newSession();
      expectStatus(await client.save(id, { content: 'x' }), 201);
      await server.dataSource.query('UPDATE writeassistdev_chat_sessions SET content_bytes = ? WHERE session_id = ?', [
        mebibyte,
        id,
      ]);
      expectStatus(await client.save(id, { content: 'x' }), 201);
      aMinuteLater();
      expectQuota(await client.save(id, { content: 'x' }), 'bytes', mebibyte);
    });

    it('does not count what an older program has left at a session that it cleared', async () => {
      const id = await client.newSession();
      await server.dataSource.query('UPDATE writeassistdev_chat_sessions SET content_bytes = ? WHERE session_id = ?', [
        mebibyte,
        id,
      ]);
      aMinuteLater();
      expectStatus(await client.save(id, { content: 'x' }), 201);
    });
  });

  describe('of bytes, with a message that is written in chunks,', () => {
    let id: string;
    let message: SavedMessageDto;
    const change = (fields: object) => client.change(id, message.id, { lease: message.lease, ...fields });
    beforeEach(async () => {
      id = await client.newSession();
      const beginning = { role: 'assistant', content: 'ab', status: 'in_progress' };
      message = expectStatus(await client.save(id, beginning), 201);
    });

    it('counts its chunks, also when the usage is read again', async () => {
      expectStatus(await change({ offset: 2, append: half }), 200);
      expectStatus(await client.save(id, { content: half.slice(3) }), 201);
      for (const wait of [() => undefined, aMinuteLater]) {
        wait();
        expectQuota(await client.save(id, { content: 'xy' }), 'bytes', mebibyte);
        expectQuota(await change({ offset: 2 + half.length, append: 'xy' }), 'bytes', mebibyte);
      }
      expectStatus(await client.save(id, { content: 'x' }), 201);
    });

    it('counts nothing of it when it is in the trash', async () => {
      expectStatus(await change({ offset: 2, append: half }), 200);
      expectStatus(await client.clear(id), 204);
      aMinuteLater();
      for (const content of [half, half]) expectStatus(await client.save(id, { content }), 201);
    });

    it('counts what comes with its end', async () => {
      expectStatus(await client.save(id, { content: half }), 201);
      const end = { status: 'complete', format: 'own', payload: { text: half } };
      expectQuota(await change(end), 'bytes', mebibyte);
      expect(expectStatus(await client.message(id, message.id), 200).status).toBe('in_progress');
      expectStatus(await change({ ...end, payload: { text: half.slice(100) } }), 200);
      expectQuota(await client.save(id, { content: 'x'.repeat(100) }), 'bytes', mebibyte);
    });
  });

  it('of messages refuses one more in any session', async () => {
    const sessions = [await client.newSession(), await client.newSession()];
    for (const index of numbers(4)) expectStatus(await client.save(sessions[index % 2] ?? '', { content: 'x' }), 201);
    for (const id of sessions) expectQuota(await client.save(id, { content: 'x' }), 'messages', 4);
    expectQuota(await client.saveToActive({ content: 'x' }), 'messages', 4);
    expectStatus(await client.save('missing', { content: 'x' }), 404);
  });

  it('of sessions refuses a new one, however it is made, and returns one that exists', async () => {
    await client.newSession({ id: 'first' });
    for (const activate of [false, false]) await client.newSession({ activate });
    const page = new LegacyClient(server.url, client.token, client.owner);
    expectQuota(await client.createSession({}), 'sessions', 3);
    failure(await page.call('create_chat_session', { title: 'more' }), 403, 'quota_exceeded');
    const implicit = { session_id: 'chat-1', role: 'user', content: 'x' };
    failure(await page.call('append_message', implicit), 403, 'quota_exceeded');
    expectStatus(await client.createSession({ id: 'first' }), 200);
    expectStatus(await client.deleteSession('first'), 204);
    // None is active now.
    expectStatus(await client.saveToActive({ content: 'x' }), 201);
    expectQuota(await client.createSession({}), 'sessions', 3);
  });

  it('does not count what was rolled back', async () => {
    const id = await client.newSession();
    for (const content of numbers(3)) {
      expectStatus(await client.save(id, { content: String(content), clientMessageId: `m-${content}` }), 201);
    }
    // Each is inserted, refused by the unique key and rolled back.
    for (const content of numbers(3)) {
      expectStatus(await client.save(id, { content: String(content), clientMessageId: `m-${content}` }), 200);
    }
    expectStatus(await client.save(id, { content: 'fills the quota' }), 201);
    expectQuota(await client.save(id, { content: 'x' }), 'messages', 4);
  });

  it('is logged with its variable', async () => {
    await server.client();
    expect(server.log.join('')).toContain('"variable":"QUOTA_OWNER_MB"');
  });
});

describe('the quota of bytes per minute', () => {
  it('refuses with the seconds to wait, answers what was saved before, and ends with the minute', async () => {
    const server = await TestServer.start({ QUOTA_OWNER_MB_PER_MINUTE: '1' });
    try {
      let passed = 0;
      // A whole number: sums of fractions are a little too large.
      const start = Math.floor(performance.now());
      server.app.get(Clock, { strict: false }).elapsed = () => start + passed;
      const client = await server.client();
      const id = await client.newSession();
      const named = { content: half, clientMessageId: 'named' };
      expectStatus(await client.save(id, named), 201);
      expectStatus(await client.save(id, { content: half }), 201);
      passed = 20_000;
      const refused = await client.save(id, { content: 'x' });
      expect([refused.status, refused.body]).toMatchObject([429, { code: 'too_many_requests' }]);
      expect(refused.headers.get('retry-after')).toBe('40');
      expectStatus(await client.save(id, named), 200);
      expectStatus(await client.clear(id), 204);
      expect((await client.save(id, { content: 'x' })).status).toBe(429);
      passed = 60_000;
      expectStatus(await client.save(id, { content: 'x' }), 201);
    } finally {
      await server.stop();
    }
  });
});

describe('a save', () => {
  it('sends no statement more when the usage was read within a minute', async () => {
    const [limited, unlimited] = [
      await TestServer.start(),
      await TestServer.start({ QUOTA_OWNER_MB: '0', QUOTA_OWNER_SESSIONS: '0', QUOTA_OWNER_MESSAGES: '0' }),
    ];
    try {
      const [statements, without] = [await statementsOfSave(limited), await statementsOfSave(unlimited)];
      expect(statements).toEqual(without);
      expect(statements).not.toContain(usageQuery);
    } finally {
      await limited.stop();
      await unlimited.stop();
    }
  });
});

/** The prepared statements of the second save of an owner within a minute. */
async function statementsOfSave(server: TestServer): Promise<string[]> {
  const client = await server.client();
  const id = await client.newSession();
  expectStatus(await client.save(id, { content: 'first' }), 201);
  const sql = sqlOf(server);
  const [query, execute] = [sql.query.bind(sql), sql.execute.bind(sql)];
  const statements: string[] = [];
  sql.query = (text, parameters) => {
    statements.push(text);
    return query(text, parameters);
  };
  sql.execute = (text, parameters) => {
    statements.push(text);
    return execute(text, parameters);
  };
  expectStatus(await client.save(id, { content: 'second' }), 201);
  Object.assign(sql, { query, execute });
  return statements;
}
