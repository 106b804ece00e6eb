import type { DataSource } from 'typeorm';
import { AddPreviews1796101200000 } from '../../../src/database/migrations/1796101200000-add-previews.js';
import { migrate } from '../../../src/database/migrations/migrator.js';
import { connect, numbers } from '../../support/database/access.js';
import { revertTo } from '../../support/database/migrations.js';
import { stopAfter } from '../../support/database/processes.js';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.js';
import { full } from '../../support/run/full.js';

const name = AddPreviews1796101200000.name;
/** More than two steps of the migration. */
const sessions = 600;
/** The roles and contents of the messages of a session, oldest first; and the sequence of the one that is shown. */
const chats: [messages: [role: string, content: string][], shown: number, text?: string][] = [
  [[], 0],
  [[['user', 'How long\nis the Nile?']], 1, 'How long is the Nile?'],
  [
    [
      ['user', 'a'],
      ['assistant', '🌍'.repeat(3000)],
    ],
    2,
    '🌍'.repeat(200),
  ],
  [
    [
      ['user', 'a'],
      ['tool', 'b'],
      ['assistant', ''],
      ['developer', 'd'],
    ],
    1,
    'a',
  ],
  [[['tool', 'b']], 0],
  [[['system', 'Größe \'"\\ ?']], 1, 'Größe \'"\\ ?'],
];
const chatOf = (index: number) => chats[index % chats.length] ?? [[], 0];
const columns =
  'writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time';

describe('the migration that adds previews', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createDatabase();
    dataSource = await connect(database);
    await migrate(dataSource);
    await revertIt();
    await fill();
  });
  afterEach(() => revertIt());
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const revertIt = () => revertTo(dataSource, name);
  const query = (sql: string, parameters: unknown[] = []) =>
    dataSource.query<Record<string, string | number | null>[]>(sql, parameters);
  const rows = () => query('SELECT * FROM writeassistdev_chat_sessions ORDER BY id');
  const insertSessions = (indexes: number[]) =>
    query(
      `INSERT INTO writeassistdev_chat_sessions (writeassistdevid, userid, session_id, last_sequence, message_count,
         last_activity_at, created_at, modified_at) VALUES ${indexes.map(() => '(1, 2, ?, ?, ?, 5, 6, 7)').join()}`,
      indexes.flatMap((index) => [`chat-${index}`, chatOf(index)[0].length, chatOf(index)[0].length]),
    );
  const fill = async () => {
    await query('INSERT INTO writeassistdev (id) VALUES (1)');
    await query('INSERT INTO user (id) VALUES (2)');
    await query('INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) VALUES (1, 2)');
    await insertSessions(numbers(sessions));
    const messages = numbers(sessions).flatMap((index) =>
      chatOf(index)[0].map(([role, content], place) => {
        const time = 10 * index + place + 1;
        return [1, 2, `chat-${index}`, place + 1, role, content, time, time, time];
      }),
    );
    const values = messages.map((message) => `(${message.map(() => '?').join()})`).join();
    await query(`INSERT INTO writeassistdev_chat (${columns}) VALUES ${values}`, messages.flat());
  };
  /** The new columns of each row, as texts. */
  const added = async () => {
    const names = ['preview_text', 'preview_role', 'preview_at', 'preview_sequence'];
    names.push('last_read_sequence', 'unread_count', 'summary_sequence');
    return (await rows()).map((row) => names.map((column) => (row[column] === null ? null : String(row[column]))));
  };
  const expected = numbers(sessions).map((index) => {
    const [messages, shown, text = ''] = chatOf(index);
    const role = messages[shown - 1]?.[0] ?? '';
    const preview = shown === 0 ? [null, null, null, null] : [text, role, String(10 * index + shown), String(shown)];
    return [...preview, String(messages.length), '0', String(messages.length)];
  });

  it('shows the last texts of before, and nothing of before is unread', async () => {
    await migrate(dataSource);
    expect(await added()).toEqual(expected);
  });

  it.each(full(numbers(11), [1, 6, 8, 9, 10]))(
    'continues when it was stopped after %i statements',
    async (statements) => {
      const wasStopped = stopAfter(dataSource, statements + 1);
      await migrate(dataSource).catch((error: unknown) => error);
      expect(wasStopped()).toBe(true);
      await dataSource.destroy();
      dataSource = await connect(database);
      await migrate(dataSource);
      expect(await added()).toEqual(expected);
    },
  );

  it('lets servers of before insert sessions and save afterwards, of which the row tells', async () => {
    await migrate(dataSource);
    await insertSessions([sessions + 1]);
    await query(`UPDATE writeassistdev_chat_sessions SET last_sequence = 2 WHERE session_id = 'chat-1'`);
    const stale = await query(
      'SELECT session_id FROM writeassistdev_chat_sessions WHERE summary_sequence <> last_sequence ORDER BY id',
    );
    expect(stale.map(({ session_id: session }) => session)).toEqual(['chat-1', `chat-${sessions + 1}`]);
    await query('DELETE FROM writeassistdev_chat_sessions WHERE session_id = ?', [`chat-${sessions + 1}`]);
    await query(`UPDATE writeassistdev_chat_sessions SET last_sequence = 1 WHERE session_id = 'chat-1'`);
  });

  it('is undone without touching anything else', async () => {
    const before = await rows();
    await migrate(dataSource);
    await revertIt();
    expect(await rows()).toEqual(before);
  });
});
