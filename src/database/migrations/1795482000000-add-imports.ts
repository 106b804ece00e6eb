import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';
import { tableComment } from './table-comment.js';

const activities = 'writeassistdev';
const imports = 'writeassistdev_chat_imports';

/**
 * Adds the ledger of imported rows (docs/adr/0012-import.md) and the names of activities. The ledger has no foreign
 * keys: a deleted message must stay recorded, or the next import would restore it.
 */
export class AddImports1795482000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const sqlite = runner.dataSource.options.type === 'better-sqlite3';
    // SQLite can add a column; TypeORM would recreate the table, which foreign keys refer to.
    if (!(await runner.hasColumn(activities, 'name'))) {
      await runner.query(
        `ALTER TABLE ${activities} ADD COLUMN "name" varchar(255)`.replaceAll('"', sqlite ? '"' : '`'),
      );
    }
    await runner.createTable(
      new Table({
        name: imports,
        columns: columns(sqlite),
        comment: tableComment,
        engine: 'InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci',
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(imports, true);
    if (await runner.hasColumn(activities, 'name')) {
      await runner.query(`ALTER TABLE ${activities} DROP COLUMN name`);
    }
  }
}

function columns(sqlite: boolean): TableColumnOptions[] {
  const primary = { isPrimary: true, primaryKeyConstraintName: 'pk_chat_imports' };
  const bigint = sqlite ? 'integer' : 'bigint';
  const exact = (name: string, more: Partial<TableColumnOptions>): TableColumnOptions => {
    const binary = sqlite ? {} : { charset: 'ascii', collation: 'ascii_bin' };
    return { name, type: 'varchar', length: '50', ...binary, ...more };
  };
  return [
    { name: 'writeassistdevid', type: 'integer', unsigned: true, ...primary },
    { name: 'userid', type: 'integer', unsigned: true, ...primary },
    exact('source', primary),
    exact('source_table', primary),
    { name: 'row_id', type: bigint, ...primary },
    exact('session_id', { isNullable: true }),
    { name: 'sequence', type: bigint, isNullable: true },
    { name: 'message_id', type: bigint, isNullable: true },
    { name: 'imported_at', type: bigint },
  ];
}
