import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';
import { tableComment } from './table-comment.js';

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
    await runner.query(
      `UPDATE writeassistdev_chat_imports SET row_id = row_id % ${2 ** 52} - ${Number.MAX_SAFE_INTEGER}
       WHERE row_id > ${Number.MAX_SAFE_INTEGER}`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(differences, true);
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
