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
import { hash } from '../plan/session-mapping.js';
import { numericTimes, sqlTimestampTimes } from './times.js';

/** The plugin's data in a Moodle. */
export interface PluginData {
  /** The same for this site's plugin each time, wherever its database moves. */
  name: string;
  module: PluginName;
  sources: ChatSource[];
  activities: Map<number, MoodleActivity>;
  /** What was found, for people. */
  found: string[];
}

interface Column {
  tableName: string;
  columnName: string;
  type: string;
}

/** Of an activity, in characters: what our column takes. */
const maxNameCharacters = 255;

/** Looks which of the plugin's tables are there, and in which shape. */
export class PluginSchemaRepository {
  constructor(
    private readonly database: MoodleDatabase,
    private readonly prefix: string,
  ) {}

  /**
   * @param wanted which plugin's; where it is not given, that of which there is data
   * @throws StartupError when there is none, or both
   */
  async open(wanted: PluginName | undefined, filter: ImportFilter): Promise<PluginData> {
    const module = wanted ?? (await this.onlyModule());
    const columns = await this.columns(module);
    const chat = await this.table(columns, module, `${module}_chat`);
    const chats = await this.table(columns, module, `${module}_chat_sessions`);
    const work = await this.table(columns, module, `${module}_work`);
    const shape = this.timestampOf(columns, `${module}_chat`);
    const tables = new ChatTables(this.database, module, chat, chats, shape, filter);
    const projects = work && new ProjectJson(this.database, module, work, tables, filter);
    const found = [
      ...(chat ? [`${module}_chat (${shape.words})`] : []),
      ...(chats ? [`${module}_chat_sessions`] : []),
      ...(work ? [`${module}_work`] : []),
    ];
    if (found.length === 0) throw this.nothingFound(module);
    return {
      name: `${module}@${await this.site()}`,
      module,
      sources: [...((chat ?? chats) ? [tables] : []), ...(projects ? [projects] : [])],
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
          `both ${filled.join(' and ')} have chats here, and their activities are numbered apart: choose one by --module, and take the other one into a store of its own`,
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
      [`the database ${this.database.name} has no table ${this.prefix}${module}_*: check the address and --prefix`],
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
      ? { column: 'UNIX_TIMESTAMP(`timestamp`)', rule: sqlTimestampTimes, words: 'times as SQL TIMESTAMP' }
      : { column: '`timestamp`', rule: numericTimes, words: 'times as numbers' };
  }

  /** By the site's own name, which moves with it; where that cannot be read, by the database's. */
  private async site(): Promise<string> {
    const [row] = await this.optional<{ value: string }>(
      `SELECT value FROM ${quoteIdentifier(`${this.prefix}config`)} WHERE name = 'siteidentifier'`,
    );
    return hash(row?.value ?? `${this.database.name}/${this.prefix}`).slice(0, 20);
  }

  private async activities(module: PluginName): Promise<Map<number, MoodleActivity>> {
    const table = (name: string) => quoteIdentifier(this.prefix + name);
    const named = await this.optional<{ id: number; name: string }>(`SELECT id, name FROM ${table(module)}`);
    const placed = await this.optional<{ id: number; cmid: number }>(
      `SELECT cm.instance AS id, MIN(cm.id) AS cmid FROM ${table('course_modules')} cm
       JOIN ${table('modules')} m ON m.id = cm.module WHERE m.name = ? GROUP BY cm.instance`,
      [module],
    );
    const cmids = new Map(placed.map(({ id, cmid }) => [id, cmid]));
    // A name is for people: one that is too long must not keep chats away.
    const names = new Map(named.map(({ id, name }) => [id, Array.from(name).slice(0, maxNameCharacters).join('')]));
    return new Map(
      [...new Set([...names.keys(), ...cmids.keys()])].map((id) => [
        id,
        { name: names.get(id) ?? null, cmid: cmids.get(id) ?? null },
      ]),
    );
  }

  /** What helps where it can be read, and is not needed. */
  private async optional<Row>(sql: string, parameters: string[] = []): Promise<Row[]> {
    try {
      return await this.database.query<Row>(sql, parameters);
    } catch (error) {
      if (isMissingOrForbidden(error)) return [];
      throw error;
    }
  }
}

/** No such table, no such column, no right to read either. */
function isMissingOrForbidden(error: unknown): boolean {
  return [1146, 1054, 1142, 1143].includes((error as { errno?: number }).errno ?? 0);
}

function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
