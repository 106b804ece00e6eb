import type { QueryRunner } from 'typeorm';
import { copyTable } from '../copy-table.js';
import { tableNames } from '../migrations/assert-own-tables.js';
import {
  compatibilityTable,
  lockTable,
  migrationTables,
  migrationsTable,
  selectExecuted,
  type ExecutedMigration,
} from '../migrations/schema-compatibility.js';
import { tableComment } from '../migrations/table-comment.js';

/**
 * The tables of this service with data, in the order of names: also those that a newer version has created, and, since a
 * migrated database has no others of these names, those whose comment was lost.
 */
export async function dataTables(runner: QueryRunner): Promise<string[]> {
  const names = await ownTables(runner, tableNames(runner.dataSource));
  return names.filter((name) => name !== lockTable);
}

/** Tables that this service has created, and others of the given names. That of restores is not among them. */
export async function ownTables(runner: QueryRunner, otherNames: string[] = []): Promise<string[]> {
  const tables = (await runner.query(
    `SELECT TABLE_NAME AS name, TABLE_COMMENT AS comment FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME`,
  )) as { name: string; comment: string }[];
  const names = [...migrationTables, copyTable, ...otherNames];
  return tables
    .filter(({ name, comment }) => comment === tableComment || names.includes(name.toLowerCase()))
    .map(({ name }) => name);
}

/** The executed migrations, oldest first. */
export async function executedMigrations(runner: QueryRunner): Promise<ExecutedMigration[]> {
  if (!(await runner.hasTable(migrationsTable))) return [];
  return (await runner.query(selectExecuted(await runner.hasTable(compatibilityTable)))) as ExecutedMigration[];
}

/** Deletes these tables with their data. */
export async function dropTables(runner: QueryRunner, tables: string[]): Promise<void> {
  if (tables.length === 0) return;
  await runner.query('SET SESSION foreign_key_checks = 0');
  try {
    await runner.query(`DROP TABLE IF EXISTS ${tables.map((name) => `\`${name}\``).join(', ')}`);
  } finally {
    await runner.query('SET SESSION foreign_key_checks = 1');
  }
}
