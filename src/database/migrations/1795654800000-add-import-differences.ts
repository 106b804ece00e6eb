import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';
import { sha256Hex } from '../../common/hash.js';
import { tableComment } from './table-comment.js';

const imports = 'writeassistdev_chat_imports';
const entriesPerQuery = 10_000;
const differences = 'writeassistdev_chat_import_differences';

/**
 * Adds the differences between an import and its source that were acknowledged. Gives entries of the ledger whose row id
 * is beyond 2^53 the id under which imports look for them (docs/adr/0018-import-of-drifted-sources.md).
 */
export class AddImportDifferences1795654800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: differences,
        columns: columns(runner.dataSource.options.type === 'better-sqlite3'),
        comment: tableComment,
        engine: 'InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci',
      }),
      true,
    );
    await replaceLargeRowIds(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(differences, true);
  }
}

/**
 * MariaDB and SQLite have row ids exactly below 2^63. Larger ones are only in SQLite, rounded: which rows they mean is
 * unknown, so they stay.
 */
async function replaceLargeRowIds(runner: QueryRunner): Promise<void> {
  const key = ['writeassistdevid', 'userid', 'source', 'source_table'] as const;
  for (;;) {
    const entries = (await runner.query(
      `SELECT ${key.join(', ')}, CAST(row_id AS CHAR) AS digits FROM ${imports}
       WHERE row_id > ${Number.MAX_SAFE_INTEGER} AND row_id <= 9223372036854775807 LIMIT ${entriesPerQuery}`,
    )) as (Record<(typeof key)[number], number | string> & { digits: string })[];
    for (const entry of entries) {
      // `CAST` keeps MariaDB from comparing as floating-point numbers.
      await runner.query(
        `UPDATE ${imports} SET row_id = ?
         WHERE ${key.map((column) => `${column} = ?`).join(' AND ')} AND row_id = CAST(? AS DECIMAL(20, 0))`,
        [-parseInt(sha256Hex(entry.digits).slice(0, 13), 16), ...key.map((column) => entry[column]), entry.digits],
      );
    }
    if (entries.length < entriesPerQuery) return;
  }
}

function columns(sqlite: boolean): TableColumnOptions[] {
  const primary = { isPrimary: true, primaryKeyConstraintName: 'pk_chat_import_differences' };
  const bigint = sqlite ? 'integer' : 'bigint';
  const exact = (name: string, length: string, more: Partial<TableColumnOptions>): TableColumnOptions => {
    const binary = sqlite ? {} : { charset: 'ascii', collation: 'ascii_bin' };
    return { name, type: 'varchar', length, ...binary, ...more };
  };
  return [
    { name: 'writeassistdevid', type: 'integer', unsigned: true, ...primary },
    { name: 'userid', type: 'integer', unsigned: true, ...primary },
    exact('source', '50', primary),
    exact('source_table', '50', primary),
    { name: 'row_id', type: bigint, ...primary },
    exact('source_digest', '64', { isNullable: true }),
    exact('target_digest', '64', { isNullable: true }),
    { name: 'acknowledged_at', type: bigint },
  ];
}
