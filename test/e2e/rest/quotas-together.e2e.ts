import type { SavedMessageDto } from '../../../src/messages/message.dto.js';
import { sqlOf } from '../../support/database/access.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { idsOf } from '../../support/rest/data.js';
import { waitUntil } from '../../support/run/wait-until.js';

const mebibyte = 1024 * 1024;
const part = 'x'.repeat(0.6 * mebibyte);

const refusedFor = (answer: Answer<unknown>, name: string) => {
  expect(answer).toMatchObject({ status: 403, body: { code: 'quota_exceeded', quota: { name } } });
};

describe('what one transaction adds', () => {
  it('must have room as a whole in the quotas, and is refused without a trace', async () => {
    const server = await TestServer.start({ QUOTA_OWNER_MB: '1', QUOTA_OWNER_MESSAGES: '3' });
    try {
      const client = await server.client();
      const id = await client.newSession();
      const user = (content: string, clientMessageId?: string) => ({ role: 'user', content, clientMessageId });
      expectStatus(await client.save(id, user('first', 'a')), 201);
      refusedFor(
        await client.saveBatch(
          id,
          ['1', '2', '3'].map((content) => user(content)),
        ),
        'messages',
      );
      refusedFor(await client.saveBatch(id, [user(part), user(part)]), 'bytes');
      expect(expectStatus(await client.messages(id), 200).data).toHaveLength(1);
      // Those that were saved before need no room.
      const { results } = expectStatus(await client.saveBatch(id, [user('first', 'a'), user('2'), user('3')]), 200);
      expect(results.map(({ status }) => status)).toEqual([200, 201, 201]);
      refusedFor(await client.save(id, user('x')), 'messages');
    } finally {
      await server.stop();
    }
  });

  it('must have room as a whole in the bytes of a minute', async () => {
    const server = await TestServer.start({ QUOTA_OWNER_MB_PER_MINUTE: '1' });
    try {
      const client = await server.client();
      const id = await client.newSession();
      const message = { role: 'user', content: part };
      const refused = await client.saveBatch(id, [message, message]);
      expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
      expectStatus(await client.saveBatch(id, [message]), 200);
    } finally {
      await server.stop();
    }
  });
});

describe('the text of a message that is still written', () => {
  let server: TestServer;
  let client: Client;
  let message: SavedMessageDto;

  beforeAll(async () => {
    server = await TestServer.start({ QUOTA_OWNER_MB: '1' });
  });
  beforeEach(async () => {
    client = await server.client();
    message = await write('a');
  });
  afterAll(() => server.stop());

  const write = async (id: string): Promise<SavedMessageDto> => {
    await client.newSession({ id });
    const creation = { role: 'assistant', content: '12', status: 'in_progress' };
    const begun = expectStatus(await client.save(id, creation), 201);
    const chunk = { lease: begun.lease, offset: 2, append: part };
    expectStatus(await client.change(id, begun.id, chunk), 200);
    return begun;
  };
  /** Of the session, and of its deletions. */
  const counted = async (id: string) => {
    const of = (table: string, column: string) =>
      `SELECT message_count AS messages, content_bytes AS bytes FROM ${table} WHERE userid = ? AND ${column} = ?`;
    const parameters = [client.owner.userId, id];
    const sql = sqlOf(server);
    return {
      session: await sql.queryOne(of('writeassistdev_chat_sessions', 'session_id'), parameters),
      deletions: await sql.query(of('writeassistdev_chat_deletions', 'chat_session_id'), parameters),
    };
  };

  it.each<[string, () => Promise<Answer<unknown>>, () => Promise<Answer<object>>]>([
    ['the message', () => client.deleteMessage('a', message.id), () => client.restoreMessage('a', message.id)],
    ['all messages', () => client.clear('a'), () => client.restoreMessages('a')],
    ['the session', () => client.deleteSession('a'), () => client.restoreSession('a')],
  ])('makes room when %s is deleted, and needs it to be restored', async (_, remove, restore) => {
    const before = await counted('a');
    expect(before).toEqual({ session: { messages: 1, bytes: 2 }, deletions: [] });
    expectStatus(await remove(), 204);
    // As the session, which counts what is written when it ends.
    expect((await counted('a')).deletions).toEqual([{ messages: 1, bytes: 2 }]);
    await client.newSession({ id: 'b' });
    expectStatus(await client.save('b', { content: part }), 201);
    refusedFor(await restore(), 'bytes');
    expectStatus(await client.deleteSession('b', '?permanently=true'), 204);
    expectStatus(await restore(), 200);
    await waitUntil(async () => (await counted('b')).session === undefined);
    expect(await counted('a')).toEqual(before);
    refusedFor(await client.save('a', { content: part }), 'bytes');
    expectStatus(await client.change('a', message.id, { lease: message.lease, status: 'complete' }), 200);
    expect((await counted('a')).session).toEqual({ messages: 1, bytes: 2 + part.length });
  });

  it('stays in the trash, and is counted there, when its session is made anew', async () => {
    expectStatus(await client.deleteSession('a'), 204);
    expectStatus(await client.createSession({ id: 'a' }), 201);
    expect(await counted('a')).toEqual({
      session: { messages: 0, bytes: 0 },
      deletions: [{ messages: 1, bytes: 2 }],
    });
    expectStatus(await client.restoreMessages('a'), 200);
    expect(await counted('a')).toEqual({ session: { messages: 1, bytes: 2 }, deletions: [] });
  });

  it('is the same afterwards when it was written while the message was deleted and restored', async () => {
    let offset = 2 + part.length;
    const ending = new AbortController();
    const writing = (async () => {
      while (!ending.signal.aborted) {
        const answer = await client.change('a', message.id, { lease: message.lease, offset, append: 'y' });
        if (answer.status === 200) offset++;
      }
    })();
    for (let round = 0; round < 5; round++) {
      expectStatus(await client.deleteMessage('a', message.id), 204);
      expectStatus(await client.restoreMessage('a', message.id), 200);
      expectStatus(await client.clear('a'), 204);
      expectStatus(await client.restoreMessages('a'), 200);
    }
    ending.abort();
    await writing;
    expect(await counted('a')).toEqual({ session: { messages: 1, bytes: 2 }, deletions: [] });
  });

  it('counts for the limit of the trash', async () => {
    for (const id of ['a', 'b']) {
      if (id === 'b') await write(id);
      expectStatus(await client.deleteSession(id), 204);
    }
    expect(idsOf(expectStatus(await client.sessions('?state=trash'), 200).data)).toEqual(['b']);
  });
});
