import type { MessageDto } from '../../../src/messages/message.dto.js';
import { sqlOf } from '../../support/database/access.js';
import { allMessages } from '../../support/database/chats.js';
import { TestServer, otherOwners } from '../../support/http/server.js';
import { LegacyClient } from '../../support/legacy/client.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { isoTime, itemAt, saveAll } from '../../support/rest/data.js';
import { refusal } from '../../support/rest/problems.js';

const minute = 60_000;

describe('a message without a timestamp', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession();
  });
  afterAll(() => server.stop());

  const fromNow = (ms: number) => isoTime(Date.now() + ms);
  const save = async (message: object) => expectStatus(await client.save(id, { content: 'x', ...message }), 201);
  const contents = async () => (await allMessages(client, id)).map(({ content }) => content);

  it.each([1, 5000, 4 * minute])('gets the timestamp of a question that is %s ms ahead, and follows it', async (ms) => {
    const question = await save({ content: 'question', timestamp: fromNow(ms) });
    const before = Date.now();
    const answer = await save({ content: 'answer' });
    expect(answer.timestamp >= question.timestamp).toBe(true);
    if (ms > 1) expect(answer.timestamp).toBe(question.timestamp);
    expect(Date.parse(answer.createdAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(answer.createdAt)).toBeLessThanOrEqual(Date.now());
    await save({ content: 'late', timestamp: isoTime(before - minute) });
    await save({ content: 'next' });
    expect(await contents()).toEqual(['late', 'question', 'answer', 'next']);
  });

  it('gets the time of saving if no message is later', async () => {
    await save({ timestamp: fromNow(-minute) });
    const { timestamp, createdAt } = await save({});
    expect(timestamp).toBe(createdAt);
  });

  it('is last also in the active session and over the legacy endpoint', async () => {
    const { timestamp } = await save({ content: '0', timestamp: fromNow(4 * minute) });
    expectStatus(await client.saveToActive({ content: '1' }), 201);
    const legacy = await LegacyClient.of(server, client.owner);
    const message = { session_id: id, role: 'user' };
    expectStatus(await legacy.call('append_message', { ...message, content: '2' }), 200);
    expectStatus(await legacy.call('save_session_message', { ...message, content: '3' }), 200);
    const tooFarAhead = { timestamp: Date.now() + 6 * minute };
    expectStatus(await legacy.call('append_message', { ...message, content: '4', ...tooFarAhead }), 200);
    expect(await contents()).toEqual(['0', '1', '2', '3', '4']);
    expect((await allMessages(client, id)).every((saved) => saved.timestamp === timestamp)).toBe(true);
    const history = await legacy.history({ session_id: id });
    expect(history.map(({ content }) => content)).toEqual(['4', '3', '2', '1', '0']);
  });

  it('gets the time of saving after the later message was cleared', async () => {
    await save({ timestamp: fromNow(4 * minute) });
    expectStatus(await client.clear(id), 204);
    const { timestamp, createdAt } = await save({});
    expect(timestamp).toBe(createdAt);
  });

  it('is independent of messages of other sessions', async () => {
    await save({ timestamp: fromNow(4 * minute) });
    const other = await client.newSession();
    const { timestamp, createdAt } = expectStatus(await client.save(other, { content: 'x' }), 201);
    expect(timestamp).toBe(createdAt);
  });

  it.each(otherOwners)('is independent of messages in the session with this id of %s', async (_name, other) => {
    const stranger = await server.client(other(client.owner));
    await stranger.newSession({ id });
    expectStatus(await stranger.save(id, { content: 'x', timestamp: fromNow(4 * minute) }), 201);
    const { timestamp, createdAt } = await save({});
    expect(timestamp).toBe(createdAt);
  });

  it('follows a message of the far future, which an import can add', async () => {
    const { id: messageId } = await save({ content: 'future' });
    const future = Date.UTC(2100, 0, 1);
    await sqlOf(server).execute('UPDATE writeassistdev_chat SET timestamp = ?, history_time = ? WHERE id = ?', [
      ...[future, future],
      Number(messageId),
    ]);
    expect((await save({ content: 'next' })).timestamp).toBe(isoTime(future));
    expect(await contents()).toEqual(['future', 'next']);
  });

  it('is saved at the last activity of its session, which a server with another clock may have set later', async () => {
    const other = await client.newSession();
    const ahead = Date.now() + minute;
    const sql = 'UPDATE writeassistdev_chat_sessions SET last_activity_at = ? WHERE userid = ? AND session_id = ?';
    await sqlOf(server).execute(sql, [ahead, client.owner.userId, id]);
    for (const sequence of [1, 2]) expect(await save({})).toMatchObject({ sequence, createdAt: isoTime(ahead) });
    const counted = { messageCount: 2, lastActivityAt: isoTime(ahead) };
    expect(expectStatus(await client.session(id), 200)).toMatchObject(counted);
    expect(expectStatus(await client.session(other), 200).messageCount).toBe(0);
  });

  it('is never earlier than messages that were saved before it, also in concurrent saves', async () => {
    const ahead = [undefined, 4 * minute, undefined, -minute, 2 * minute, undefined];
    const answers = await Promise.all(
      Array.from({ length: 48 }, (_, n) => {
        const ms = ahead[n % ahead.length];
        const message = ms === undefined ? { content: 'server' } : { content: 'client', timestamp: fromNow(ms + n) };
        return client.save(id, message);
      }),
    );
    const saved = answers.map((answer) => expectStatus(answer, 201)).sort((a, b) => a.sequence - b.sequence);
    expect(saved.filter(isEarlierThanOthers(saved))).toEqual([]);
    expect(
      saved.filter(({ timestamp, createdAt, content }) => content === 'server' && timestamp > createdAt),
    ).not.toEqual([]);
  });

  describe('that gets the timestamp of a later message', () => {
    const named = { content: 'answer', clientMessageId: 'a' };

    it('is saved once, also if the next attempt has a timestamp', async () => {
      await save({ timestamp: fromNow(4 * minute) });
      const first = await save(named);
      expect(first.timestamp > first.createdAt).toBe(true);
      for (const again of [{}, { timestamp: fromNow(0) }, { timestamp: first.timestamp }]) {
        expect(expectStatus(await client.save(id, { ...named, ...again }), 200)).toEqual(first);
      }
      expect(await allMessages(client, id)).toHaveLength(2);
    });

    it('is saved once by twelve concurrent attempts', async () => {
      await save({ timestamp: fromNow(4 * minute) });
      const answers = await Promise.all(Array.from({ length: 12 }, () => client.save(id, named)));
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(11).fill(200), 201]);
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    });

    it('conflicts with a send that has another timestamp', async () => {
      const timestamp = fromNow(4 * minute);
      await save({ ...named, timestamp });
      const answer = await client.save(id, { ...named, timestamp: isoTime(Date.parse(timestamp) - 1) });
      refusal(answer, 409, 'client_message_id_conflict');
      expect(await contents()).toEqual(['answer']);
    });
  });

  it('may get the timestamp of many others', async () => {
    const { timestamp } = await save({ timestamp: fromNow(4 * minute) });
    const saved = await saveAll(
      client,
      id,
      Array.from({ length: 20 }, (_, n) => ({ content: `${n}` })),
    );
    expect(new Set(saved.map((message) => message.timestamp))).toEqual(new Set([timestamp]));
    expect((await allMessages(client, id)).slice(1)).toEqual(saved);
    expect(itemAt(saved, -1).sequence).toBe(21);
  });
});

/** Whether the server gave the message an earlier timestamp than that of a message that was saved before it. */
function isEarlierThanOthers(inOrder: MessageDto[]) {
  return ({ content, timestamp, sequence }: MessageDto) =>
    content === 'server' && inOrder.slice(0, sequence - 1).some((earlier) => earlier.timestamp > timestamp);
}
