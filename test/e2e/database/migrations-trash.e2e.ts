import type { DataSource } from 'typeorm';
import { AddTrash1796097600000 } from '../../../src/database/migrations/1796097600000-add-trash.js';
import { migrate } from '../../../src/database/migrations/migrator.js';
import { connect, numbers } from '../../support/database/access.js';
import { insertSession, revertTo } from '../../support/database/migrations.js';
import { stopAfter } from '../../support/database/processes.js';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.js';

const name = AddTrash1796097600000.name;

describe('the migration that adds the trash', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createDatabase();
    dataSource = await connect(database);
    await migrate(dataSource);
    await revertTo(dataSource, name);
    await insertSession(dataSource);
    await insertMessages('chat-1', [1, 2, 3]);
  });
  afterEach(() => revertTo(dataSource, name));
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const insertMessages = async (session: string, sequences: number[]) => {
    for (const sequence of sequences) {
      await dataSource.query(
        `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp,
           created_at, history_time) VALUES (1, 2, ?, ?, 'user', 'x', 1, 1, ?)`,
        [session, sequence, sequence + (session === 'chat-1' ? 0 : 100)],
      );
    }
  };
  const insertOther = (session: string) =>
    dataSource.query(
      `INSERT INTO writeassistdev_chat_sessions (writeassistdevid, userid, session_id, last_activity_at, created_at,
         modified_at) VALUES (1, 2, ?, 1, 1, 1)`,
      [session],
    );
  const read = (table: string) => dataSource.query<Record<string, unknown>[]>(`SELECT * FROM ${table} ORDER BY id`);
  const marks = async () => {
    const sessions = await read('writeassistdev_chat_sessions');
    const messages = await read('writeassistdev_chat');
    return [
      ...sessions.map((row) => [row.deleted_at, Number(row.cleared_sequence)]),
      ...messages.map((row) => row.deletion_id),
    ];
  };
  const live = [[null, 0], null, null, null];

  it('leaves all rows of before where they are', async () => {
    await migrate(dataSource);
    expect(await marks()).toEqual(live);
    expect(await read('writeassistdev_chat_deletions')).toEqual([]);
  });

  it.each(numbers(8))('continues when it was stopped after %i statements', async (statements) => {
    stopAfter(dataSource, statements + 1);
    await migrate(dataSource).catch((error: unknown) => error);
    await dataSource.destroy();
    dataSource = await connect(database);
    await migrate(dataSource);
    expect(await marks()).toEqual(live);
  });

  it('lets servers of before insert sessions and messages afterwards', async () => {
    await migrate(dataSource);
    await insertOther('chat-2');
    await insertMessages('chat-2', [1]);
    expect(await marks()).toEqual([[null, 0], [null, 0], null, null, null, null]);
    await dataSource.query("DELETE FROM writeassistdev_chat_sessions WHERE session_id = 'chat-2'");
  });

  it('is undone with all that is in the trash, and without touching anything else', async () => {
    const before = [await read('writeassistdev_chat_sessions'), await read('writeassistdev_chat')];
    await migrate(dataSource);
    for (const session of ['deleted', 'cleared']) {
      await insertOther(session);
      await insertMessages(session, session === 'deleted' ? [1, 2] : [3, 4, 5]);
    }
    await dataSource.query("UPDATE writeassistdev_chat_sessions SET deleted_at = 5 WHERE session_id = 'deleted'");
    await dataSource.query("UPDATE writeassistdev_chat_sessions SET cleared_sequence = 4 WHERE session_id = 'cleared'");
    await dataSource.query(
      `INSERT INTO writeassistdev_chat_deletions (writeassistdevid, userid, chat_session_id, kind, from_sequence,
         to_sequence, message_count, content_bytes, deleted_at, purge_at) VALUES (1, 2, 'cleared', 'clear', 0, 4, 2, 2, 5, 6)`,
    );
    await revertTo(dataSource, name);
    const messages = await read('writeassistdev_chat');
    expect(messages.map((row) => [row.chat_session_id, Number(row.sequence)])).toEqual([
      ...[1, 2, 3].map((sequence) => ['chat-1', sequence]),
      ['cleared', 5],
    ]);
    await dataSource.query("DELETE FROM writeassistdev_chat_sessions WHERE session_id = 'cleared'");
    expect([await read('writeassistdev_chat_sessions'), await read('writeassistdev_chat')]).toEqual(before);
  });
});
