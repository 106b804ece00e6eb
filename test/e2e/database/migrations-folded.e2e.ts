import type { DataSource } from 'typeorm';
import { AddFolded1796090400000 } from '../../../src/database/migrations/1796090400000-add-folded.js';
import { migrate, pendingMigrations } from '../../../src/database/migrations/migrator.js';
import { connect, withDataSource } from '../../support/database/access.js';
import { insertSession, migrationNames, revertTo } from '../../support/database/migrations.js';
import { createDatabase, type TestDatabase } from '../../support/database/test-database.js';

const name = AddFolded1796090400000.name;
const older = migrationNames.indexOf(name);
const columns =
  'writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time';

describe('the migration of folded contents', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createDatabase();
    dataSource = await connect(database);
    await migrate(dataSource);
    await revertIt();
    await insertSession(dataSource);
    await insert(1);
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const revertIt = async () => {
    await revertTo(dataSource, name);
    expect(await pendingMigrations(dataSource)).toEqual(migrationNames.slice(older));
  };
  /** As a program from before does it. */
  const insert = (sequence: number) =>
    dataSource.query(
      `INSERT INTO writeassistdev_chat (${columns}) VALUES (1, 2, 'chat-1', ?, 'user', 'Größe', ?, ?, ?)`,
      [sequence, sequence, sequence, sequence],
    );
  const rows = () => dataSource.query<Record<string, unknown>[]>('SELECT * FROM writeassistdev_chat ORDER BY sequence');

  it('leaves the rows as they are, and those of older programs valid', async () => {
    const before = await rows();
    await migrate(dataSource);
    await insert(2);
    const [first, second] = await rows();
    expect([first, second]).toMatchObject([{ ...before[0], folded: null }, { folded: null }]);
    await revertIt();
    expect((await rows())[0]).toEqual(before[0]);
  });

  it('continues when it was stopped before it was recorded', async () => {
    await migrate(dataSource);
    await dataSource.query('DELETE FROM writeassistdev_chat_migrations WHERE name = ?', [name]);
    await dataSource.destroy();
    await withDataSource(database, (again) => migrate(again));
    dataSource = await connect(database);
    expect(await pendingMigrations(dataSource)).toEqual([]);
    expect(await rows()).toMatchObject([{ content: 'Größe', folded: null }]);
  });
});
