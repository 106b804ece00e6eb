import type { DataSource } from 'typeorm';
import { entities } from '../../../src/database/entities.js';

/** The names of our tables, parents first. */
export function ourTables(dataSource: DataSource): string[] {
  return entities.map((entity) => dataSource.getMetadata(entity).tableName);
}

function isSqlite({ options }: DataSource): boolean {
  return options.type === 'better-sqlite3';
}

/** The names of all tables of the database, sorted. */
export async function tableNames(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>(
    isSqlite(dataSource)
      ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
      : 'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
  );
  return rows.map(({ name }) => name).sort();
}

/** The CREATE statements of those of our tables that exist, as the database reports them. */
export async function schemaText(dataSource: DataSource): Promise<string> {
  const texts: string[] = [];
  const existing = await tableNames(dataSource);
  for (const table of ourTables(dataSource).filter((name) => existing.includes(name))) {
    texts.push(...(isSqlite(dataSource) ? await sqliteTable(dataSource, table) : await mysqlTable(dataSource, table)));
  }
  return `${texts.map((text) => `${text};`).join('\n\n')}\n`;
}

async function sqliteTable(dataSource: DataSource, table: string): Promise<string[]> {
  const rows = await dataSource.query<{ sql: string }[]>(
    'SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC, name',
    [table],
  );
  return rows.map(({ sql }) => (sql.startsWith('CREATE TABLE') ? oneColumnPerLine(sql) : sql.trim()));
}

/** SQLite keeps the text of a statement as it was sent, and TypeORM sends one line. */
function oneColumnPerLine(sql: string): string {
  let depth = 0;
  return Array.from(sql)
    .map((character) => {
      if (character === '(' && depth++ === 0) return '(\n  ';
      if (character === ')' && --depth === 0) return '\n)';
      return character === ',' && depth === 1 ? ',\n ' : character;
    })
    .join('');
}

async function mysqlTable(dataSource: DataSource, table: string): Promise<string[]> {
  const rows = await dataSource.query<Record<string, string>[]>(`SHOW CREATE TABLE \`${table}\``);
  return rows.map((row) => String(row['Create Table']).replace(/ AUTO_INCREMENT=\d+/, ''));
}

export interface UniqueKey {
  table: string;
  name: string;
  columns: string[];
}

/** Every unique key of our tables, including primary keys. */
export async function uniqueKeys(dataSource: DataSource): Promise<UniqueKey[]> {
  const tables = ourTables(dataSource);
  const rows = isSqlite(dataSource)
    ? await dataSource.query<KeyColumn[]>(sqliteKeys)
    : await dataSource.query<KeyColumn[]>(mysqlKeys);
  const keys = new Map<string, UniqueKey>();
  for (const { table, name, column } of rows) {
    if (!tables.includes(table)) continue;
    const key = keys.get(`${table}.${name}`) ?? { table, name, columns: [] };
    key.columns.push(column);
    keys.set(`${table}.${name}`, key);
  }
  return [...keys.values()];
}

interface KeyColumn {
  table: string;
  name: string;
  column: string;
}

const mysqlKeys = `SELECT TABLE_NAME AS \`table\`, INDEX_NAME AS name, COLUMN_NAME AS \`column\`
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0
  ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`;

const sqliteKeys = `SELECT t.name AS "table", i.name AS name, c.name AS "column"
  FROM sqlite_master t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
  WHERE t.type = 'table' AND i."unique" = 1
  UNION ALL
  SELECT t.name, 'PRIMARY', c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
  WHERE t.type = 'table' AND c.pk > 0 ORDER BY 1, 2`;
