import type { DataSource } from 'typeorm';
import { readConfig } from '../../../src/config/read-config.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import { pendingMigrations, revert } from '../../../src/database/migrations/migrator.js';

const { migrations } = dataSourceOptions(readConfig({}).database);

/** The names of the migrations of the source, oldest first. */
export const migrationNames = (migrations as (new () => object)[]).map(({ name }) => name);

/** The names of the migrations that the database has recorded. */
export async function recordedMigrations(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM writeassistdev_chat_migrations');
  return rows.map(({ name }) => name);
}

/** Reverts migrations until this one is pending, too. */
export async function revertTo(dataSource: DataSource, name: string): Promise<void> {
  while (!(await pendingMigrations(dataSource)).includes(name)) await revert(dataSource);
}

/** Inserts the session `chat-1` of user 2 in activity 1, with the columns that it has had from the beginning. */
export async function insertSession(dataSource: DataSource): Promise<void> {
  await dataSource.query('INSERT INTO writeassistdev (id) VALUES (1)');
  await dataSource.query('INSERT INTO user (id) VALUES (2)');
  await dataSource.query('INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) VALUES (1, 2)');
  await dataSource.query(
    `INSERT INTO writeassistdev_chat_sessions (writeassistdevid, userid, session_id, last_activity_at, created_at, modified_at)
     VALUES (1, 2, 'chat-1', 1, 1, 1)`,
  );
}
