import type { DataSource } from 'typeorm';
import { WidenClientMessageId1795744800000 } from '../../../src/database/migrations/1795744800000-widen-client-message-id.js';
import { migrate, pendingMigrations } from '../../../src/database/migrations/migrator.js';
import { connect } from '../../support/database/access.js';
import { insertSession, migrationNames, revertTo } from '../../support/database/migrations.js';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.js';

const name = WidenClientMessageId1795744800000.name;
const older = migrationNames.indexOf(name);
const columns =
  'writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time';

describe('the migration of client message ids to 255 characters', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createDatabase();
    dataSource = await connect(database);
    await migrate(dataSource);
    await insertSession(dataSource);
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const insert = (sequence: number, clientMessageId: string) =>
    dataSource.query(
      `INSERT INTO writeassistdev_chat (${columns}, client_message_id)
       VALUES (1, 2, 'chat-1', ?, 'user', 'Grüße 🚀', ?, ?, ?, ?)`,
      [sequence, sequence, sequence, sequence, clientMessageId],
    );
  const rows = () =>
    dataSource.query<Record<string, unknown>[]>(
      `SELECT id, ${columns}, client_message_id FROM writeassistdev_chat ORDER BY sequence`,
    );
  const ids = async () => (await rows()).map(({ client_message_id: one }) => one);
  const revertIt = async () => {
    await revertTo(dataSource, name);
    expect(await pendingMigrations(dataSource)).toEqual(migrationNames.slice(older));
  };

  it('keeps every message and the ids to come', async () => {
    await revertIt();
    await insert(1, 'a'.repeat(100));
    await insert(2, 'b');
    await insert(3, 'c');
    await dataSource.query('DELETE FROM writeassistdev_chat WHERE sequence = 3');
    const before = await rows();
    await migrate(dataSource);
    expect(await rows()).toEqual(before);
    await insert(4, 'd'.repeat(255));
    expect((await rows()).map(({ id }) => Number(id) - Number(before[0]?.id))).toEqual([0, 1, 3]);
  });

  it('is undone by dropping the longer ones, not their messages', async () => {
    await insert(1, 'a'.repeat(255));
    await insert(2, 'b'.repeat(100));
    await insert(3, 'c'.repeat(101));
    const before = await rows();
    await revertIt();
    const kept = [null, 'b'.repeat(100), null];
    expect(await rows()).toEqual(before.map((row, index) => ({ ...row, client_message_id: kept[index] })));
    await migrate(dataSource);
    expect(await ids()).toEqual(kept);
    await insert(4, 'b'.repeat(101));
    await expect(insert(5, 'b'.repeat(101))).rejects.toThrow();
  });
});
