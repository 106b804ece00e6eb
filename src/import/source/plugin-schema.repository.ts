import { StartupError, exitCodes } from '../../common/startup-error.js';
import type { MoodleDatabase } from '../../moodle/moodle-database.js';
import type { ChatSource } from './chat-source.js';
import {
  pluginNames,
  type ImportFilter,
  type PluginName,
  type MoodleActivity,
  type PluginTable,
} from './plugin-types.js';
import { ProjectJson } from './project-json.repository.js';
import { ChatTables } from './chat-tables.repository.js';
import { sha256Hex } from '../../common/hash.js';
import { numericTimes, sqlTimestampTimes } from './times.js';

/** The plugin's data in a Moodle database. */
export interface PluginData {
  /** Identifies this site's plugin; does not change when the database moves to another server. */
  name: string;
  sources: ChatSource[];
  activities: Map<number, MoodleActivity>;
  /** Descriptions of the tables that were found, for the report. */
  found: string[];
}

interface Column {
  tableName: string;
  columnName: string;
  type: string;
}

/** The length of the column for an activity's name, in characters. */
const maxNameCharacters = 255;

/** Detects which of the plugin's tables exist, and in which version. */
export class PluginSchemaRepository {
  constructor(
    private readonly database: MoodleDatabase,
    private readonly prefix: string,
  ) {}

  /**
   * @param wanted the plugin's name; undefined: the one that has data
   * @throws StartupError exit code 78 when there are no tables, or both names have data
   */
  async open(wanted: PluginName | undefined, filter: ImportFilter): Promise<PluginData> {
    const module = wanted ?? (await this.onlyModule());
    const columns = await this.columns(module);
    const messageTable = await this.table(columns, module, `${module}_chat`);
    const chatTable = await this.table(columns, module, `${module}_chat_sessions`);
    const workTable = await this.table(columns, module, `${module}_work`);
    const timestamp = this.timestampOf(columns, `${module}_chat`);
    const tables = new ChatTables(this.database, module, messageTable, chatTable, timestamp, filter);
    const projects = workTable && new ProjectJson(this.database, module, workTable, tables, filter);
    const found = [
      ...(messageTable ? [`${module}_chat (${timestamp.description})`] : []),
      ...(chatTable ? [`${module}_chat_sessions`] : []),
      ...(workTable ? [`${module}_work`] : []),
    ];
    if (found.length === 0) throw this.nothingFound(module);
    return {
      name: `${module}@${await this.site()}`,
      sources: [...((messageTable ?? chatTable) ? [tables] : []), ...(projects ? [projects] : [])],
      activities: await this.activities(module),
      found,
    };
  }

  private async onlyModule(): Promise<PluginName> {
    const filled: PluginName[] = [];
    for (const module of pluginNames) if (await this.hasData(module)) filled.push(module);
    if (filled.length > 1) {
      throw new StartupError(
        [
          `both ${filled.join(' and ')} have chats, and their activity ids are unrelated: choose one with --module, and import the other one into a separate store`,
        ],
        exitCodes.configuration,
      );
    }
    return filled[0] ?? (await this.presentModule());
  }

  private async hasData(module: PluginName): Promise<boolean> {
    const columns = await this.columns(module);
    for (const table of new Set(columns.map(({ tableName }) => tableName))) {
      if ((await this.database.query(`SELECT 1 FROM ${quoteIdentifier(table)} LIMIT 1`)).length > 0) return true;
    }
    return false;
  }

  private async presentModule(): Promise<PluginName> {
    for (const module of pluginNames) if ((await this.columns(module)).length > 0) return module;
    throw this.nothingFound('writeassistdev');
  }

  private nothingFound(module: PluginName): StartupError {
    return new StartupError(
      [
        `the database ${this.database.name} has no table ${this.prefix}${module}_*: check the database URL and --prefix`,
      ],
      exitCodes.configuration,
    );
  }

  private columns(module: PluginName): Promise<Column[]> {
    const names = ['chat', 'chat_sessions', 'work'].map((table) => `${this.prefix}${module}_${table}`);
    return this.database.query<Column>(
      `SELECT table_name AS tableName, column_name AS columnName, data_type AS type FROM information_schema.columns
       WHERE table_schema = DATABASE() AND table_name IN (?, ?, ?)`,
      names,
    );
  }

  private async table(columns: Column[], module: PluginName, table: string): Promise<PluginTable | undefined> {
    const name = this.prefix + table;
    if (!columns.some(({ tableName }) => tableName === name)) return undefined;
    const indexes = await this.database.query<{ name: string; columns: string }>(
      `SELECT index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
       FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? GROUP BY index_name`,
      [name],
    );
    const byOwner = indexes.find((index) => index.columns === `userid,${module}id`);
    return { name: quoteIdentifier(name), ownerIndex: byOwner ? `FORCE INDEX (${quoteIdentifier(byOwner.name)})` : '' };
  }

  private timestampOf(columns: Column[], table: string) {
    const column = columns.find(
      ({ tableName, columnName }) => tableName === this.prefix + table && columnName === 'timestamp',
    );
    return /timestamp|datetime/.test(column?.type ?? '')
      ? { column: 'UNIX_TIMESTAMP(`timestamp`)', rule: sqlTimestampTimes, description: 'times as SQL TIMESTAMP' }
      : { column: '`timestamp`', rule: numericTimes, description: 'times as numbers' };
  }

  /** A hash of Moodle's `siteidentifier`, or of the database's name if that cannot be read. */
  private async site(): Promise<string> {
    const [row] = await this.optional<{ value: string }>(
      `SELECT value FROM ${quoteIdentifier(`${this.prefix}config`)} WHERE name = 'siteidentifier'`,
    );
    return sha256Hex(row?.value ?? `${this.database.name}/${this.prefix}`).slice(0, 20);
  }

  private async activities(module: PluginName): Promise<Map<number, MoodleActivity>> {
    const table = (name: string) => quoteIdentifier(this.prefix + name);
    const nameRows = await this.optional<{ id: number; name: string }>(`SELECT id, name FROM ${table(module)}`);
    const cmidRows = await this.optional<{ id: number; cmid: number }>(
      `SELECT cm.instance AS id, MIN(cm.id) AS cmid FROM ${table('course_modules')} cm
       JOIN ${table('modules')} m ON m.id = cm.module WHERE m.name = ? GROUP BY cm.instance`,
      [module],
    );
    const cmids = new Map(cmidRows.map(({ id, cmid }) => [id, cmid]));
    // A name that is too long is cut rather than refused: it is only displayed.
    const names = new Map(nameRows.map(({ id, name }) => [id, Array.from(name).slice(0, maxNameCharacters).join('')]));
    return new Map(
      [...new Set([...names.keys(), ...cmids.keys()])].map((id) => [
        id,
        { name: names.get(id) ?? null, cmid: cmids.get(id) ?? null },
      ]),
    );
  }

  /** Rows of a table that the import can do without; empty when it is missing or not readable. */
  private async optional<Row>(sql: string, parameters: string[] = []): Promise<Row[]> {
    try {
      return await this.database.query<Row>(sql, parameters);
    } catch (error) {
      if (isMissingOrForbidden(error)) return [];
      throw error;
    }
  }
}

/** MySQL errors for a missing table or column, or missing privileges. */
function isMissingOrForbidden(error: unknown): boolean {
  return [1146, 1054, 1142, 1143].includes((error as { errno?: number }).errno ?? 0);
}

function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
