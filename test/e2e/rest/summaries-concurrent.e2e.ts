import fc from 'fast-check';
import { numbers, sqlOf } from '../../support/database/access.js';
import type { SavedMessageDto } from '../../../src/messages/message.dto.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { itemAt } from '../../support/rest/data.js';
import { isFull } from '../../support/run/full.js';

const saves = isFull ? 200 : 60;

describe('previews and unread messages while several clients save and read', () => {
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

  const get = async () => expectStatus(await client.session(id), 200);
  /** As they are computed from the messages. */
  const recomputed = async () => {
    await sqlOf(server).execute('UPDATE writeassistdev_chat_sessions SET summary_sequence = -1 WHERE session_id = ?', [
      id,
    ]);
    return get();
  };

  it('they are never negative, never go back, and are exact at the end', async () => {
    let isSaving = true;
    const roles = ['assistant', 'tool', 'assistant', 'user', 'system'];
    const saver = async (name: string) => {
      for (const index of numbers(saves)) {
        const role = itemAt(roles, index % (name === 'a' ? 5 : 3));
        const saved = expectStatus(await client.save(id, { role, content: `${name} ${index}` }), 201);
        if (role !== 'tool')
          expect((await get()).lastReadSequence).toBeGreaterThanOrEqual(role === 'user' ? saved.sequence : 0);
      }
    };
    const reader = async () => {
      for (let last = 0; isSaving;) {
        const { lastReadSequence, unreadCount, messageCount } = await get();
        expect(lastReadSequence).toBeGreaterThanOrEqual(last);
        expect(unreadCount).toBe(messageCount - lastReadSequence);
        const read = lastReadSequence + Math.ceil(unreadCount / 2);
        last = expectStatus(await client.changeSession(id, { lastReadSequence: read }), 200).lastReadSequence;
        expect(last).toBeGreaterThanOrEqual(read);
      }
    };
    const reading = reader();
    await Promise.all([saver('a'), saver('b')]).finally(() => (isSaving = false));
    await reading;
    const session = await get();
    expect(session.unreadCount).toBe(2 * saves - session.lastReadSequence);
    expect(await recomputed()).toEqual(session);
  });

  const role = fc.constantFrom('user', 'assistant', 'system', 'tool');
  const content = fc.constantFrom('one', ' two\n', '🌍'.repeat(250), ' ');
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ save: fc.record({ role, content }) }) },
    { weight: 2, arbitrary: fc.record({ begin: fc.record({ role, content: fc.constantFrom('', 'begun') }) }) },
    { weight: 2, arbitrary: fc.record({ end: fc.nat(3), append: fc.constantFrom('', ' ended') }) },
    { weight: 1, arbitrary: fc.record({ read: fc.nat(12) }) },
    { weight: 1, arbitrary: fc.constant({ clear: true }) },
  );

  it('they are those of the messages after any changes', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      id = await client.newSession();
      let begun: SavedMessageDto[] = [];
      for (const one of steps) {
        if ('save' in one) expectStatus(await client.save(id, one.save), 201);
        else if ('begin' in one) {
          begun.push(expectStatus(await client.save(id, { ...one.begin, status: 'in_progress' }), 201));
        } else if ('read' in one) expectStatus(await client.changeSession(id, { lastReadSequence: one.read }), 200);
        else if ('clear' in one) {
          expectStatus(await client.clear(id), 204);
          begun = [];
        } else {
          const [message] = begun.splice(one.end, 1);
          if (!message) continue;
          const { lease, contentBytes: offset } = message;
          const change = { lease, offset, append: one.append, status: 'complete' };
          expectStatus(await client.change(id, message.id, change), 200);
        }
      }
      const session = await get();
      expect(await recomputed()).toEqual(session);
    });
    await fc.assert(property, { numRuns: isFull ? 200 : 40 });
  });

  it('that are computed by several requests at once are the same', async () => {
    for (const role of ['user', 'assistant', 'assistant']) await client.save(id, { role, content: role });
    const expected = await get();
    await sqlOf(server).execute('UPDATE writeassistdev_chat_sessions SET summary_sequence = 0 WHERE session_id = ?', [
      id,
    ]);
    const answers = await Promise.all(
      numbers(10).map(async (index) =>
        index % 2 === 0 ? get() : itemAt(expectStatus(await client.sessions(), 200).data, 0),
      ),
    );
    expect(answers).toEqual(answers.map(() => expected));
  });

  it('are computed over thousands of messages in steps', async () => {
    const count = 4500;
    const { activityId, userId } = client.owner;
    await server.dataSource.query(
      `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp,
         created_at, history_time)
       WITH RECURSIVE k (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 90),
         n (i) AS (SELECT k.i + 90 * (t.i - 1) FROM k JOIN k t ON t.i <= 50)
       SELECT ?, ?, ?, i, CASE WHEN i IN (7, 2100) THEN 'user' ELSE 'tool' END, 'x', i, i, i FROM n`,
      [activityId, userId, id],
    );
    await sqlOf(server).execute(
      'UPDATE writeassistdev_chat_sessions SET last_sequence = ?, message_count = ? WHERE session_id = ?',
      [count, count, id],
    );
    expect(await get()).toMatchObject({
      preview: { text: 'x', role: 'user', timestamp: '1970-01-01T00:00:02.100Z' },
      lastReadSequence: 2100,
      unreadCount: count - 2100,
    });
    const read = expectStatus(await client.changeSession(id, { lastReadSequence: 2101 }), 200);
    expect(read).toMatchObject({ unreadCount: count - 2101 });
  });
});
