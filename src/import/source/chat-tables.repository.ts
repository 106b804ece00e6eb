import type { Owner } from '../../owners/owner.js';
import { canBeTitle } from '../plan/session-mapping.js';
import type {
  ChatSource,
  LedgerView,
  RowCount,
  SourceDigest,
  SourceMessage,
  SourceSession,
  UnusableRow,
} from './chat-source.js';
import { MessageRows, type MessageRow } from './message-rows.repository.js';
import { ownersPerQuery, pagesById, type Position } from './pages.js';
import type { PluginName } from './plugin-types.js';
import type { SourceDatabase } from './source-database.js';
import { SourceTable } from './source-table.js';
import { toText } from './texts.js';
import { parseTimeColumn, type TimeRule } from './times.js';
import { readUnusableRows } from './unusable-rows.repository.js';

interface SessionRow {
  id: number;
  position: Position;
  name: unknown;
  session: unknown;
  title: unknown;
  createdAt: unknown;
  modifiedAt: unknown;
}

/** A row of the message table without its content, for finding duplicates. */
export interface Fingerprint {
  id: number;
  role: string;
  /** SHA-256 of the content, hexadecimal. */
  hash: string;
  /** UTC milliseconds. */
  times: number[];
  /** Whether `since` includes it. */
  isWanted: boolean;
}

const idsPerQuery = 1000;
const rowsPerQuery = 250;
/** Small, since usually the first user message is not blank. */
const titlesPerQuery = 10;

/** The plugin's tables, either of which may be missing. */
export interface ChatTablesOptions {
  messageTable: SourceTable | undefined;
  chatTable: SourceTable | undefined;
  timeRule: TimeRule;
  /** Only rows that the source saved from this time on, UTC milliseconds. */
  since: number | undefined;
}

/** Reads the plugin's message and session tables. */
export class ChatTables implements ChatSource {
  readonly table: string;
  readonly sessionTable: string;
  readonly hasSessionTable: boolean;
  readonly title = undefined;
  readonly #messages: MessageRows | undefined;
  readonly #sessions: SourceTable | undefined;

  constructor(
    private readonly database: SourceDatabase,
    module: PluginName,
    private readonly options: ChatTablesOptions,
  ) {
    const { messageTable, chatTable, timeRule, since } = options;
    this.table = `${module}_chat`;
    this.sessionTable = `${module}_chat_sessions`;
    this.#messages = messageTable && new MessageRows(database, messageTable, timeRule, since);
    this.#sessions = chatTable;
    this.hasSessionTable = chatTable !== undefined;
  }

  async count(): Promise<number> {
    let count = 0;
    if (this.#messages) count += (await this.countOf(this.#messages.table, this.#messages.condition)).rows;
    if (this.#sessions) count += (await this.countOf(this.#sessions, this.sessionCondition)).rows;
    return count;
  }

  async rowCounts(): Promise<Map<string, RowCount>> {
    const counts = new Map<string, RowCount>();
    if (this.#messages) counts.set(this.table, await this.countOf(this.#messages.table, this.#messages.condition));
    // With `since` a session is read when one of its messages is.
    if (this.#sessions && this.options.since === undefined) {
      counts.set(this.sessionTable, await this.countOf(this.#sessions, ''));
    }
    return counts;
  }

  async *unusableRows(): AsyncGenerator<UnusableRow[]> {
    const messages = this.#messages;
    if (this.#sessions)
      yield* readUnusableRows(this.database, this.#sessions, this.sessionTable, this.sessionCondition);
    if (messages) yield* readUnusableRows(this.database, messages.table, this.table, messages.condition);
  }

  async owners(after: Owner | undefined): Promise<Owner[]> {
    const selects = [
      ...(this.#messages ? [this.#messages.table.selectOwners(this.#messages.condition)] : []),
      ...(this.#sessions ? [this.#sessions.selectOwners(this.sessionCondition)] : []),
    ];
    return this.database.query<Owner>(
      `${selects.map((select) => `(${select})`).join(' UNION ')} ORDER BY userId, activityId LIMIT ${ownersPerQuery}`,
      selects.flatMap(() => SourceTable.afterParameters(after)),
    );
  }

  async *sessions(owner: Owner): AsyncGenerator<SourceSession[]> {
    const table = this.#sessions;
    if (!table) return;
    let active: number | undefined;
    const pages = pagesById({ hasUniqueIds: table.hasUniqueIds, size: idsPerQuery }, (after, limit) =>
      this.database.query<SessionRow>(
        `SELECT ${table.rowId} AS id, ${table.position} AS position, ${table.rowName} AS name,
           ${table.text('session_id')} AS session, ${table.text('title')} AS title, ${table.time('created_at')} AS createdAt,
           ${table.time('modified_at')} AS modifiedAt
         FROM ${table.name} ${table.ownerIndex} WHERE ${table.isOwner}${table.isAfter(after)}
         ORDER BY position LIMIT ${limit}`,
        [owner.userId, owner.activityId],
      ),
    );
    for await (const rows of pages) {
      active ??= await this.activeSession(owner, table);
      yield rows.map((row, index) => ({
        rowId: row.id,
        name: toText(row.name).text ?? '',
        id: toText(row.session).text ?? '',
        title: toTitle(row.title),
        active: row.id === active,
        createdAt: parseTimeColumn(row.createdAt),
        modifiedAt: parseTimeColumn(row.modifiedAt),
        ...(rows[index - 1]?.id === row.id && { problem: 'another row has the same id' }),
      }));
    }
  }

  /** The source may have several active sessions: the one modified last counts. */
  private async activeSession({ userId, activityId }: Owner, table: SourceTable): Promise<number> {
    const [row] = await this.database.query<{ id: number }>(
      `SELECT ${table.rowId} AS id FROM ${table.name} ${table.ownerIndex} WHERE ${table.isOwner} AND ${table.flag('is_active')}
       ORDER BY ${table.comparableTime('modified_at')} DESC, ${table.position} DESC LIMIT 1`,
      [userId, activityId],
    );
    return row?.id ?? NaN;
  }

  async *messages(owner: Owner, ledger: LedgerView | undefined): AsyncGenerator<SourceMessage[]> {
    const messages = this.#messages;
    if (!messages) return;
    if (!ledger) {
      for await (const rows of messages.pages<MessageRow & { position: Position }>(
        owner,
        messages.columns,
        rowsPerQuery,
      )) {
        yield* messages.withContents(owner, rows);
      }
      return;
    }
    for await (const rows of messages.pages(owner, '', idsPerQuery)) {
      const ids = rows.map(({ id }) => id);
      const repeated = new Set(ids.filter((id, index) => ids[index - 1] === id));
      const missing = new Set(await ledger.notRecorded([...new Set(ids)]));
      const wanted = [...new Set(ids)].filter((id) => missing.has(id) || repeated.has(id));
      for (let start = 0; start < wanted.length; start += rowsPerQuery) {
        const found = await messages.byId(owner, messages.columns, wanted.slice(start, start + rowsPerQuery));
        // The first row with a recorded id is the recorded one.
        yield* messages.withContents(owner, found, ({ id, occurrence }) => missing.has(id) || occurrence > 0);
      }
    }
  }

  async firstUserMessage(owner: Owner, session: string): Promise<string | undefined> {
    const table = this.#messages?.table;
    if (!table) return undefined;
    const pages = pagesById({ hasUniqueIds: table.hasUniqueIds, size: titlesPerQuery }, (after, limit) =>
      this.database.query<{ id: number; position: Position; role: unknown; content: unknown }>(
        `SELECT ${table.rowId} AS id, ${table.position} AS position, ${table.text('role')} AS role,
           LEFT(${table.text('content')}, 1000) AS content
         FROM ${table.name} ${table.ownerIndex}
         WHERE ${table.isOwner} AND COALESCE(${table.comparable('chat_session_id')}, '') = ?
           AND ${table.comparable('role')} LIKE '%user%'${table.isAfter(after)} ORDER BY position LIMIT ${limit}`,
        [owner.userId, owner.activityId, session],
      ),
    );
    for await (const rows of pages) {
      const texts = rows.map((row) => ({ role: toText(row.role).text ?? '', content: toText(row.content).text ?? '' }));
      const first = texts.find(canBeTitle);
      if (first) return first.content;
    }
    return undefined;
  }

  async *digests(owner: Owner, rowIds: number[]): AsyncGenerator<SourceDigest[]> {
    if (this.#messages) yield await this.#messages.digests(owner, rowIds);
  }

  /** Pages of the fingerprints of all messages of an owner, also of those that `since` excludes. */
  async *fingerprints(owner: Owner): AsyncGenerator<Fingerprint[]> {
    const messages = this.#messages;
    if (!messages) return;
    const { table, condition } = messages;
    const columns = `${messages.headColumns}, SHA2(${table.text('content')}, 256) AS hash, 1 = 1${condition} AS isWanted`;
    const pages = messages.pages<MessageRow & { position: Position; hash: string; isWanted: number }>(
      owner,
      columns,
      idsPerQuery,
      '',
    );
    for await (const rows of pages) {
      yield rows.map((row) => ({
        id: row.id,
        role: toText(row.role).text ?? '',
        hash: row.hash,
        times: messages.times(row),
        isWanted: row.isWanted === 1,
      }));
    }
  }

  private async countOf({ name, filter, rowName }: SourceTable, condition: string): Promise<RowCount> {
    const [row] = await this.database.query<{ count: number; last: unknown }>(
      `SELECT COUNT(*) AS count, MAX(${rowName}) AS last FROM ${name} WHERE 1 = 1${condition}${filter}`,
    );
    return { rows: Number(row?.count), lastId: toText(row?.last).text ?? '' };
  }

  private get sessionCondition(): string {
    const { since } = this.options;
    const table = this.#sessions;
    if (since === undefined || !table) return '';
    const seconds = Math.floor(since / 1000);
    const isSince = (column: string) => `${table.comparableTime(column)} >= ${seconds}`;
    return ` AND (${isSince('created_at')} OR ${isSince('modified_at')})`;
  }
}

/** A title of bytes that are no text is none. */
function toTitle(value: unknown): string | null {
  const { text, isExact } = toText(value);
  return isExact ? text : null;
}
