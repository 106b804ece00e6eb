import type { MoodleDatabase } from '../../moodle/moodle-database.js';
import type { Owner } from '../../owners/owner.js';
import type { ChatSource, SourceMessage, SourceSession, LedgerView } from './chat-source.js';
import { maxContentBytes } from '../plan/message-plan.js';
import { OwnerQuery, ownersPerQuery } from './owner-query.js';
import type { ImportFilter, PluginName, PluginTable } from './plugin-types.js';
import { canBeTitle } from '../plan/session-mapping.js';
import { parseTime, type TimeRule } from './times.js';

interface SessionRow {
  id: number;
  session: string;
  title: string | null;
  active: number;
  createdAt: number;
  modifiedAt: number;
}

interface MessageRow {
  id: number;
  session: string;
  role: string;
  bytes: number;
  content: string | null;
  clientTime: number | null;
  savedAt: number;
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
/** Contents up to this size are read with their row, longer ones one by one. */
const inlineLimitBytes = 8192;
/** Approximate maximum size of a yielded page; a single message may be larger. */
const maxPageBytes = 1024 * 1024;

/** Reads the plugin's message and session tables, either of which may be missing. */
export class ChatTables implements ChatSource {
  readonly table: string;
  readonly sessionTable: string;
  readonly title = undefined;
  /** The column of the activity. */
  readonly #activity: string;
  readonly #owners: OwnerQuery;

  constructor(
    private readonly database: MoodleDatabase,
    module: PluginName,
    private readonly messageTable: PluginTable | undefined,
    private readonly chatTable: PluginTable | undefined,
    private readonly timestamp: { column: string; rule: TimeRule },
    private readonly filter: ImportFilter,
  ) {
    this.table = `${module}_chat`;
    this.sessionTable = `${module}_chat_sessions`;
    this.#activity = `${module}id`;
    this.#owners = new OwnerQuery(this.#activity, filter);
  }

  async count(): Promise<number> {
    let count = 0;
    if (this.messageTable) count += await this.countOf(this.messageTable, this.messageFilter);
    if (this.chatTable) count += await this.countOf(this.chatTable, this.sessionFilter);
    return count;
  }

  async owners(after: Owner | undefined): Promise<Owner[]> {
    const { columns, isAfter, filter: ownerFilter, order } = this.#owners;
    const select = ({ name, ownerIndex }: PluginTable, filter: string) =>
      `(SELECT DISTINCT ${columns} FROM ${name} ${ownerIndex} WHERE ${isAfter}${filter}${ownerFilter}
        ORDER BY ${order} LIMIT ${ownersPerQuery})`;
    const selects = [
      ...(this.messageTable ? [select(this.messageTable, this.messageFilter)] : []),
      ...(this.chatTable ? [select(this.chatTable, this.sessionFilter)] : []),
    ];
    return this.database.query<Owner>(
      `${selects.join(' UNION ')} ORDER BY userId, activityId LIMIT ${ownersPerQuery}`,
      selects.flatMap(() => OwnerQuery.afterParameters(after)),
    );
  }

  async *sessions(owner: Owner): AsyncGenerator<SourceSession[]> {
    if (!this.chatTable) return;
    const { name, ownerIndex } = this.chatTable;
    // The source may have several active sessions: the one modified last counts.
    const laterActive = `SELECT 1 FROM ${name} b WHERE b.userid = s.userid AND b.${this.#activity} = s.${this.#activity}
      AND b.is_active <> 0 AND (b.modified_at > s.modified_at OR (b.modified_at = s.modified_at AND b.id > s.id))`;
    for (let after = -1; ;) {
      const rows = await this.database.query<SessionRow>(
        `SELECT id, session_id AS session, title, is_active <> 0 AND NOT EXISTS (${laterActive}) AS active,
           created_at AS createdAt, modified_at AS modifiedAt
         FROM ${name} s ${ownerIndex} WHERE ${this.#owners.isOwner} AND id > ? ORDER BY id LIMIT ${idsPerQuery}`,
        [owner.userId, owner.activityId, after],
      );
      yield rows.map((row) => ({
        rowId: row.id,
        id: row.session,
        title: row.title,
        active: row.active === 1,
        createdAt: parseTime(row.createdAt),
        modifiedAt: parseTime(row.modifiedAt),
      }));
      if (rows.length < idsPerQuery) return;
      after = rows.at(-1)?.id ?? after;
    }
  }

  async *messages(owner: Owner, ledger: LedgerView | undefined): AsyncGenerator<SourceMessage[]> {
    if (!this.messageTable) return;
    if (!ledger) {
      yield* this.all(owner, this.messageTable);
      return;
    }
    const { name, ownerIndex } = this.messageTable;
    for (let after = -1; ;) {
      const rows = await this.database.query<{ id: number }>(
        `SELECT id FROM ${name} ${ownerIndex} WHERE ${this.#owners.isOwner}${this.messageFilter} AND id > ?
         ORDER BY id LIMIT ${idsPerQuery}`,
        [owner.userId, owner.activityId, after],
      );
      if (rows.length > 0) yield* this.find(owner, await ledger.notRecorded(rows.map(({ id }) => id)));
      if (rows.length < idsPerQuery) return;
      after = rows.at(-1)?.id ?? after;
    }
  }

  async firstUserMessage(owner: Owner, session: string): Promise<string | undefined> {
    if (!this.messageTable) return undefined;
    const { name, ownerIndex } = this.messageTable;
    for (let after = -1; ;) {
      const rows = await this.database.query<{ id: number; role: string; content: string }>(
        `SELECT id, role, LEFT(content, 1000) AS content FROM ${name} ${ownerIndex}
         WHERE ${this.#owners.isOwner} AND chat_session_id = ? AND role LIKE '%user%' AND id > ? ORDER BY id LIMIT ${titlesPerQuery}`,
        [owner.userId, owner.activityId, session, after],
      );
      const first = rows.find(canBeTitle);
      if (first || rows.length < titlesPerQuery) return first?.content;
      after = rows.at(-1)?.id ?? after;
    }
  }

  async *find(owner: Owner, rowIds: number[]): AsyncGenerator<SourceMessage[]> {
    if (!this.messageTable) return;
    for (let start = 0; start < rowIds.length; start += rowsPerQuery) {
      const rows = await this.database.query<MessageRow>(
        `SELECT ${this.columns} FROM ${this.messageTable.name} FORCE INDEX (PRIMARY)
         WHERE ${this.#owners.isOwner} AND id IN (?) ORDER BY id`,
        [owner.userId, owner.activityId, rowIds.slice(start, start + rowsPerQuery)],
      );
      yield* this.withContents(rows);
    }
  }

  private async *all(owner: Owner, { name, ownerIndex }: PluginTable): AsyncGenerator<SourceMessage[]> {
    for (let after = -1; ;) {
      const rows = await this.database.query<MessageRow>(
        `SELECT ${this.columns} FROM ${name} ${ownerIndex} WHERE ${this.#owners.isOwner}${this.messageFilter} AND id > ?
         ORDER BY id LIMIT ${rowsPerQuery}`,
        [owner.userId, owner.activityId, after],
      );
      yield* this.withContents(rows);
      if (rows.length < rowsPerQuery) return;
      after = rows.at(-1)?.id ?? after;
    }
  }

  /** Pages of the fingerprints of all messages of an owner, also of those that `since` excludes. */
  async *fingerprints(owner: Owner): AsyncGenerator<Fingerprint[]> {
    if (!this.messageTable) return;
    const { since } = this.filter;
    const { name, ownerIndex } = this.messageTable;
    for (let after = -1; ;) {
      const rows = await this.database.query<MessageRow & { hash: string }>(
        `SELECT id, role, SHA2(content, 256) AS hash, ${this.timestamp.column} AS clientTime, created_at AS savedAt
         FROM ${name} ${ownerIndex} WHERE ${this.#owners.isOwner} AND id > ? ORDER BY id LIMIT ${idsPerQuery}`,
        [owner.userId, owner.activityId, after],
      );
      yield rows.map((row) => ({
        id: row.id,
        role: row.role,
        hash: row.hash,
        times: this.times(row),
        isWanted: since === undefined || row.savedAt >= Math.floor(since / 1000),
      }));
      if (rows.length < idsPerQuery) return;
      after = rows.at(-1)?.id ?? after;
    }
  }

  private async *withContents(rows: MessageRow[]): AsyncGenerator<SourceMessage[]> {
    let page: SourceMessage[] = [];
    let bytes = 0;
    for (const row of rows) {
      const isTooLong = row.bytes > maxContentBytes;
      if (page.length > 0 && bytes + row.bytes > maxPageBytes) {
        yield page;
        page = [];
        bytes = 0;
      }
      const content = row.content ?? (isTooLong ? '' : await this.content(row.id));
      bytes += row.bytes;
      page.push({
        rowId: row.id,
        name: String(row.id),
        session: row.session,
        role: row.role,
        content,
        times: this.times(row),
        savedAt: parseTime(row.savedAt),
        ...(isTooLong && {
          problem: `its content has ${row.bytes} bytes, more than the maximum of ${maxContentBytes}`,
        }),
      });
    }
    if (page.length > 0) yield page;
  }

  private async content(id: number): Promise<string> {
    const name = this.messageTable?.name ?? '';
    const [row] = await this.database.query<{ content: string }>(`SELECT content FROM ${name} WHERE id = ?`, [id]);
    return row?.content ?? '';
  }

  private get columns(): string {
    return `id, chat_session_id AS session, role, OCTET_LENGTH(content) AS bytes,
      CASE WHEN OCTET_LENGTH(content) <= ${inlineLimitBytes} THEN content END AS content,
      ${this.timestamp.column} AS clientTime, created_at AS savedAt`;
  }

  private times({ clientTime, savedAt }: Pick<MessageRow, 'clientTime' | 'savedAt'>): number[] {
    return this.timestamp.rule(parseTime(clientTime), parseTime(savedAt));
  }

  private async countOf({ name }: PluginTable, filter: string): Promise<number> {
    const { count } = await this.database.queryOne<{ count: number }>(
      `SELECT COUNT(*) AS count FROM ${name} WHERE 1 = 1${filter}${this.#owners.filter}`,
    );
    return count;
  }

  private get messageFilter(): string {
    const { since } = this.filter;
    return since === undefined ? '' : ` AND created_at >= ${Math.floor(since / 1000)}`;
  }

  private get sessionFilter(): string {
    const { since } = this.filter;
    if (since === undefined) return '';
    return ` AND (created_at >= ${Math.floor(since / 1000)} OR modified_at >= ${Math.floor(since / 1000)})`;
  }
}
