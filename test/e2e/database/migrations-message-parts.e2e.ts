import type { DataSource } from 'typeorm';
import { AddMessageParts1796083200000 } from '../../../src/database/migrations/1796083200000-add-message-parts.js';
import { migrate, pendingMigrations } from '../../../src/database/migrations/migrator.js';
import { connect } from '../../support/database/access.js';
import { insertSession, migrationNames, revertTo } from '../../support/database/migrations.js';
import { stopAfter } from '../../support/database/processes.js';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.js';

const name = AddMessageParts1796083200000.name;
const older = migrationNames.indexOf(name);
const columns =
  'writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time';

describe('the migration that adds payloads and chunks', () => {
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

  const insert = (sequence: number, role: string) =>
    dataSource.query(
      `INSERT INTO writeassistdev_chat (${columns}) VALUES (1, 2, 'chat-1', ?, ?, 'Grüße 🚀', ?, ?, ?)`,
      [sequence, role, sequence, sequence, sequence],
    );
  const rows = (more = '') =>
    dataSource.query<Record<string, unknown>[]>(
      `SELECT id, ${columns}${more} FROM writeassistdev_chat ORDER BY sequence`,
    );
  const revertIt = async () => {
    await revertTo(dataSource, name);
    expect(await pendingMigrations(dataSource)).toEqual(migrationNames.slice(older));
  };

  it('keeps every message and the ids to come, as complete messages without a payload', async () => {
    await revertIt();
    for (const [index, role] of ['user', 'assistant', 'system'].entries()) await insert(index + 1, role);
    await dataSource.query('DELETE FROM writeassistdev_chat WHERE sequence = 3');
    const before = await rows();
    await migrate(dataSource);
    expect(await rows()).toEqual(before);
    const none = { format: null, payload: null, metadata: null, request_sha256: null, status: 'complete' };
    const found = await rows(', format, payload, metadata, request_sha256, status');
    expect(found).toEqual(before.map((row) => ({ ...row, ...none })));
    for (const [index, role] of ['tool', 'developer'].entries()) await insert(index + 4, role);
    expect((await rows()).map(({ id }) => Number(id) - Number(before[0]?.id))).toEqual([0, 1, 3, 4]);
    await expect(insert(6, 'robot')).rejects.toThrow();
  });

  it('is undone without losing a message; the new roles become system', async () => {
    for (const [index, role] of ['user', 'tool', 'developer'].entries()) await insert(index + 1, role);
    await dataSource.query("UPDATE writeassistdev_chat SET status = 'in_progress' WHERE sequence = 1");
    await dataSource.query(
      `INSERT INTO writeassistdev_chat_streams (writeassistdevid, userid, chat_session_id, sequence, byte_count, lease, written_at)
       VALUES (1, 2, 'chat-1', 1, 0, 'x', 1)`,
    );
    const before = await rows();
    await revertIt();
    expect(await rows()).toEqual(before.map((row, index) => ({ ...row, role: ['user', 'system', 'system'][index] })));
    await expect(insert(4, 'tool')).rejects.toThrow();
    await migrate(dataSource);
    await insert(4, 'tool');
  });

  it.each([1, 2, 3, 4, 5, 6])('continues when it was stopped after %i statements', async (statements) => {
    await revertIt();
    for (const [index, role] of ['user', 'assistant'].entries()) await insert(index + 1, role);
    const before = await rows();
    stopAfter(dataSource, statements);
    await migrate(dataSource).catch((error: unknown) => error);
    await dataSource.destroy();
    dataSource = await connect(database);
    await migrate(dataSource);
    expect(await rows()).toEqual(before);
    await insert(3, 'developer');
    expect(await pendingMigrations(dataSource)).toEqual([]);
  });
});
