import { StartupError, configurationError } from '../../common/startup-error.js';
import { sha256Hex } from '../../common/hash.js';
import { parseId } from '../../owners/owner.js';
import type { ChatSource } from './chat-source.js';
import { ChatTables } from './chat-tables.repository.js';
import { dateTypes } from './column-expressions.js';
import { pluginNames, type ImportFilter, type MoodleActivity, type PluginName } from './plugin-types.js';
import { ProjectJson } from './project-json.repository.js';
import { queryOptional, quoteIdentifier, type SourceDatabase } from './source-database.js';
import { TableRepository } from './table.repository.js';
import { toText } from './texts.js';
import { numericTimes, sqlTimestampTimes } from './times.js';

/** The plugin's data in a Moodle database. */
export interface PluginData {
  /** Identifies this site's plugin; does not change when the database moves to another server. */
  name: string;
  /** Why `name` is made from the name of the database; undefined when it is made from the site's identifier. */
  fallbackReason: string | undefined;
  /** The name when the site's identifier cannot be read. */
  fallbackName: string;
  sources: ChatSource[];
  activities: Map<number, MoodleActivity>;
  /** Descriptions of the tables that were found, for the report. */
  found: string[];
}

/** The length of the column for an activity's name, in characters. */
const maxNameCharacters = 255;

/** Detects which of the plugin's tables exist, and in which version. */
export class PluginSchemaRepository {
  readonly #tables: TableRepository;

  constructor(
    private readonly database: SourceDatabase,
    private readonly prefix: string,
  ) {
    this.#tables = new TableRepository(database, prefix);
  }

  /**
   * @param wanted the plugin's name; undefined: the one that has data
   * @throws StartupError exit code 78 when there are no tables, both names have data, or a table lacks a column
   */
  async open(wanted: PluginName | undefined, filter: ImportFilter): Promise<PluginData> {
    const module = wanted ?? (await this.onlyModule());
    const table = (name: string, required: string[]) => this.#tables.open(module, name, required, filter);
    const messageTable = await table('chat', ['role', 'content']);
    const chatTable = await table('chat_sessions', ['session_id']);
    const workTable = await table('work', ['content']);
    const isDate = dateTypes.includes(messageTable?.typeOf('timestamp') ?? '');
    const timeRule = isDate ? sqlTimestampTimes : numericTimes;
    const tables = new ChatTables(this.database, module, { messageTable, chatTable, timeRule, since: filter.since });
    const projects = workTable && new ProjectJson(this.database, module, workTable, tables, filter.since);
    const found = [
      ...(messageTable ? [`${module}_chat (times as ${isDate ? 'SQL TIMESTAMP' : 'numbers'})`] : []),
      ...(chatTable ? [`${module}_chat_sessions`] : []),
      ...(workTable ? [`${module}_work`] : []),
    ];
    if (found.length === 0) throw this.nothingFound(module);
    const siteIdentifier = await this.siteIdentifier();
    const nameFor = (site: string) => `${module}@${sha256Hex(site).slice(0, 20)}`;
    const fallbackName = nameFor(`${this.database.name}/${this.prefix}`);
    return {
      name: siteIdentifier === undefined ? fallbackName : nameFor(siteIdentifier),
      fallbackName,
      fallbackReason: siteIdentifier === undefined ? this.fallbackReason : undefined,
      sources: [...((messageTable ?? chatTable) ? [tables] : []), ...(projects ? [projects] : [])],
      activities: await this.activities(module),
      found,
    };
  }

  private async onlyModule(): Promise<PluginName> {
    const filled: PluginName[] = [];
    for (const module of pluginNames) if (await this.hasData(module)) filled.push(module);
    if (filled.length > 1) {
      throw configurationError(
        `both ${filled.join(' and ')} have chats, and their activity ids are unrelated: choose one with --module, and import the other one into a separate store`,
      );
    }
    return filled[0] ?? (await this.presentModule());
  }

  private async hasData(module: PluginName): Promise<boolean> {
    for (const table of await this.#tables.names(module)) {
      if ((await this.database.query(`SELECT 1 FROM ${quoteIdentifier(table)} LIMIT 1`)).length > 0) return true;
    }
    return false;
  }

  private async presentModule(): Promise<PluginName> {
    for (const module of pluginNames) if ((await this.#tables.names(module)).length > 0) return module;
    throw this.nothingFound('writeassistdev');
  }

  private nothingFound(module: PluginName): StartupError {
    return configurationError(
      `the database ${this.database.name} has no table ${this.prefix}${module}_*: check the database URL and --prefix`,
    );
  }

  /**
   * Identifies the site; undefined when the server does not list Moodle's table.
   * @throws SourceError exit code 78 when it cannot be read
   */
  private async siteIdentifier(): Promise<string | undefined> {
    const table = await this.#tables.listedName(`${this.prefix}config`);
    if (table === undefined) return undefined;
    const [row] = await this.database.query<{ value: unknown }>(
      `SELECT value FROM ${quoteIdentifier(table)} WHERE name = 'siteidentifier'`,
    );
    return toText(row?.value).text ?? undefined;
  }

  private get fallbackReason(): string {
    const table = `${this.prefix}config`;
    return (
      `named after its database, because ${table} has no siteidentifier, is missing, or its user may not read it: ` +
      `GRANT SELECT ON ${this.database.name}.${table}`
    );
  }

  private async activities(module: PluginName): Promise<Map<number, MoodleActivity>> {
    const table = (name: string) => quoteIdentifier(this.prefix + name);
    const nameRows = await this.optional<{ id: unknown; name: unknown }>(`SELECT id, name FROM ${table(module)}`);
    const cmidRows = await this.optional<{ id: unknown; cmid: unknown }>(
      `SELECT cm.instance AS id, MIN(cm.id) AS cmid FROM ${table('course_modules')} cm
       JOIN ${table('modules')} m ON m.id = cm.module WHERE m.name = ? GROUP BY cm.instance`,
      [module],
    );
    const activities = new Map<number, MoodleActivity>();
    const activity = (id: unknown): MoodleActivity => {
      const key = parseId(id) ?? 0;
      const found = activities.get(key) ?? { name: null, cmid: null };
      activities.set(key, found);
      return found;
    };
    for (const { id, cmid } of cmidRows) activity(id).cmid = parseId(cmid) ?? null;
    for (const { id, name } of nameRows) activity(id).name = shorten(toText(name).text);
    return activities;
  }

  private async optional<Row>(sql: string, parameters: string[] = []): Promise<Row[]> {
    return (await queryOptional<Row>(this.database, sql, parameters)) ?? [];
  }
}

/** A name that is too long is cut rather than refused: it is only displayed. */
function shorten(name: string | null): string | null {
  return name === null ? null : Array.from(name).slice(0, maxNameCharacters).join('');
}
