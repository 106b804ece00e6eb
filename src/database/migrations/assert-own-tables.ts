import type { DataSource, QueryRunner } from 'typeorm';
import { configurationError } from '../../common/startup-error.js';
import { copyTable } from '../copy-table.js';
import { restoreTable } from '../restore-table.js';
import { migrationTables } from './schema-compatibility.js';
import { tableComment } from './table-comment.js';

interface FoundTable {
  name: string;
  comment: string;
}

/** Names that a message lists; Moodle has hundreds of tables. */
const maxListed = 5;

/**
 * Checks that tables of these names do not exist or were created by this service: for example, a Moodle without a table
 * prefix has a table `user`. On SQLite the first migration is one transaction, so any existing table is unowned.
 * @throws StartupError that names the unowned tables
 */
export async function assertNoUnownedTables(runner: QueryRunner, names: string[]): Promise<void> {
  // Table names are case-insensitive on SQLite, and on MySQL depending on the operating system.
  const unowned = (await findTables(runner))
    .filter(({ name, comment }) => names.includes(name.toLowerCase()) && comment !== tableComment)
    .map(({ name }) => name);
  if (unowned.length === 0) return;
  throw configurationError(
    `The database already has tables that this service did not make: ${unowned.sort().join(', ')}. ` +
      'It needs a database of its own; nothing was changed.',
  );
}

/**
 * Checks before the first migration that the database has no table or view of another program.
 * @throws StartupError that names some of them
 */
export async function assertNoOtherTables(runner: QueryRunner, dataSource: DataSource): Promise<void> {
  const others = await otherTables(runner, dataSource);
  if (others.length === 0) return;
  throw configurationError(
    `The database has tables that this service did not make: ${listed(others)}. It needs a database of its own, ` +
      'or DATABASE_SHARED=true to create its tables beside them; nothing was changed.',
  );
}

/** Tables and views whose names are not of this service, in the order of names. */
export async function otherTables(runner: QueryRunner, dataSource: DataSource): Promise<string[]> {
  const ours = [...tableNames(dataSource), ...migrationTables, copyTable, restoreTable];
  return (await findTables(runner))
    .map(({ name }) => name)
    .filter((name) => !ours.includes(name.toLowerCase()))
    .sort();
}

/** The tables that have an entity. */
export function tableNames({ entityMetadatas }: DataSource): string[] {
  return entityMetadatas.map(({ tableName }) => tableName);
}

/** The first names, and how many there are. */
export function listed(names: string[]): string {
  const first = names.slice(0, maxListed).join(', ');
  return names.length <= maxListed ? first : `${first} and ${names.length - maxListed} more`;
}

async function findTables(runner: QueryRunner): Promise<FoundTable[]> {
  const sqlite = runner.dataSource.options.type === 'better-sqlite3';
  const tables = (await runner.query(
    sqlite
      ? `SELECT name, '' AS comment FROM sqlite_master WHERE type IN ('table', 'view')`
      : `SELECT TABLE_NAME AS name, TABLE_COMMENT AS comment FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()`,
  )) as FoundTable[];
  // SQLite's own tables, such as that of AUTOINCREMENT.
  return sqlite ? tables.filter(({ name }) => !name.startsWith('sqlite_')) : tables;
}
