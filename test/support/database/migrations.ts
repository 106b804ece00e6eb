import type { DataSource } from 'typeorm';
import { readConfig } from '../../../src/config/read-config.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';

const { migrations } = dataSourceOptions(readConfig({}).database);

/** The names of the migrations of the source, oldest first. */
export const migrationNames = (migrations as (new () => object)[]).map(({ name }) => name);

/** The names of the migrations that the database has recorded. */
export async function recordedMigrations(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM writeassistdev_chat_migrations');
  return rows.map(({ name }) => name);
}
