import { configurationError } from '../../common/startup-error.js';
import { isInteger, type Column } from './column-expressions.js';
import type { ImportFilter, PluginName } from './plugin-types.js';
import { quoteIdentifier, type SourceDatabase } from './source-database.js';
import { SourceTable } from './source-table.js';

interface ColumnRow {
  columnName: string;
  type: string;
  charset: string | null;
}

/** The plugin's tables, without its name. */
const suffixes = ['chat', 'chat_sessions', 'work'];

/** Reads how the plugin's tables are made: they may be views, and have other types of columns than the plugin's. */
export class TableRepository {
  constructor(
    private readonly database: SourceDatabase,
    private readonly prefix: string,
  ) {}

  /**
   * The names of the tables that exist, with their prefix.
   * @throws SourceError exit code 78 when one cannot be read
   */
  async names(module: PluginName): Promise<string[]> {
    const names: string[] = [];
    for (const suffix of suffixes) {
      const name = await this.readableName(module, suffix);
      if (name !== undefined) names.push(name);
    }
    return names;
  }

  /** The name of a table or view as the server lists it; undefined when the user has no right to see it, too. */
  async listedName(table: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ name: string }>(
      'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
      [table],
    );
    return row?.name;
  }

  /**
   * @param required columns without which the table cannot be read, besides its keys
   * @returns undefined when it does not exist
   * @throws StartupError exit code 78 when it lacks a column or cannot be read
   */
  async open(
    module: PluginName,
    suffix: string,
    required: string[],
    filter: ImportFilter,
  ): Promise<SourceTable | undefined> {
    const table = await this.readableName(module, suffix);
    if (table === undefined) return undefined;
    const rows = await this.columns(table);
    const columns = new Map(
      rows.map(({ columnName, type, charset }): [string, Column] => [
        columnName.toLowerCase(),
        { name: quoteIdentifier(columnName), type: type.toLowerCase(), charset },
      ]),
    );
    const activityColumn = `${module}id`;
    const missing = ['id', 'userid', activityColumn, ...required].filter((name) => !columns.has(name));
    if (missing.length > 0) {
      throw configurationError(`the table ${table} has no column ${missing.join(', ')}`);
    }
    const indexes = await this.indexes(table);
    const indexOver = (...names: string[]) => indexes.find((index) => index.columns === names.join(','));
    const byId = indexOver('id');
    const description = {
      name: quoteIdentifier(table),
      columns,
      ownerIndex: indexOver('userid', activityColumn)?.name,
      idIndex: byId?.name,
    };
    const hasPlainIds = await this.hasPlainIds(description.name, columns.get('id'), Number(byId?.isUnique) === 1);
    return new SourceTable({ ...description, hasPlainIds }, activityColumn, filter);
  }

  private async readableName(module: PluginName, suffix: string): Promise<string | undefined> {
    const name = await this.listedName(`${this.prefix}${module}_${suffix}`);
    // information_schema has no columns of an invalid view, and hides those that the user may not read.
    if (name !== undefined) await this.database.query(`SELECT * FROM ${quoteIdentifier(name)} LIMIT 0`);
    return name;
  }

  private columns(table: string): Promise<ColumnRow[]> {
    return this.database.query<ColumnRow>(
      `SELECT column_name AS columnName, data_type AS type, character_set_name AS charset
       FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position`,
      [table],
    );
  }

  private async indexes(table: string): Promise<{ name: string; columns: string; isUnique: number }[]> {
    const rows = await this.database.query<{ name: string; columns: string; isUnique: number }>(
      `SELECT index_name AS name, LOWER(GROUP_CONCAT(column_name ORDER BY seq_in_index)) AS columns,
         MAX(non_unique) = 0 AS isUnique
       FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND index_type = 'BTREE'
         AND sub_part IS NULL GROUP BY index_name`,
      [table],
    );
    return rows.map((row) => ({ ...row, name: quoteIdentifier(row.name) }));
  }

  /** A unique index may still have several NULLs. */
  private async hasPlainIds(table: string, id: Column | undefined, isUnique: boolean): Promise<boolean> {
    if (!id || !isInteger(id)) return false;
    const count = isUnique ? '0' : `COUNT(*) - COUNT(DISTINCT ${id.name})`;
    const [row] = await this.database.query<{ least: unknown; greatest: unknown; more: unknown }>(
      `SELECT MIN(${id.name}) AS least, MAX(${id.name}) AS greatest, ${count} AS more FROM ${table}`,
    );
    const [nulls] = await this.database.query(`SELECT 1 FROM ${table} WHERE ${id.name} IS NULL LIMIT 1`);
    // As in `rowIdExpression`.
    const isSafe = Number(row?.least) > Number.MIN_SAFE_INTEGER && Number(row?.greatest) <= Number.MAX_SAFE_INTEGER;
    return isSafe && Number(row?.more) === 0 && nulls === undefined;
  }
}
