import type { MoodleDatabase } from '../../moodle/moodle-database.js';
import type { Owner } from '../../owners/owner.js';
import type { ChatSource, SourceMessage, SourceSession, LedgerView } from './chat-source.js';
import { maxContentBytes } from '../plan/message-plan.js';
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
  said: number | null;
  savedAt: number;
}

/** A message's shape in the table of messages, as another source compares its own with it. */
export interface Fingerprint {
  id: number;
  role: string;
  hash: string;
  times: number[];
  /** Whether `since` lets it come now. */
  isWanted: boolean;
}

const ownersPerQuery = 500;
const idsPerQuery = 1000;
const rowsPerQuery = 250;
/** Mostly the first one is not blank. */
const titlesPerQuery = 10;
/** A content of up to so many bytes is sent along with its row; longer ones come one by one. */
const inlineLimitBytes = 8192;
/** What is yielded at once holds about this many bytes at most, or one message. */
const maxPageBytes = 1024 * 1024;

/** The plugin's tables of messages and sessions, either of which may be missing. */
export class ChatTables implements ChatSource {
  readonly table: string;
  readonly sessionTable: string;
  readonly title = undefined;
  /** The column of the activity. */
  readonly #activity: string;
  readonly #owned: string;

  constructor(
    private readonly database: MoodleDatabase,
    module: PluginName,
    private readonly chat: PluginTable | undefined,
    private readonly chats: PluginTable | undefined,
    private readonly timestamp: { column: string; rule: TimeRule },
    private readonly filter: ImportFilter,
  ) {
    this.table = `${module}_chat`;
    this.sessionTable = `${module}_chat_sessions`;
    this.#activity = `${module}id`;
    this.#owned = `userid = ? AND ${this.#activity} = ?`;
  }

  async count(): Promise<number> {
    let count = 0;
    if (this.chat) count += await this.countOf(this.chat, this.messageFilter);
    if (this.chats) count += await this.countOf(this.chats, this.sessionFilter);
    return count;
  }

  async owners(after: Owner | undefined): Promise<Owner[]> {
    const { userId = Number.MIN_SAFE_INTEGER, activityId = Number.MIN_SAFE_INTEGER } = after ?? {};
    const columns = `userid AS userId, ${this.#activity} AS activityId`;
    const next = `(userid > ? OR (userid = ? AND ${this.#activity} > ?))`;
    const select = ({ name, ownerIndex }: PluginTable, filter: string) =>
      `(SELECT DISTINCT ${columns} FROM ${name} ${ownerIndex} WHERE ${next}${filter}${this.ownerFilter}
        ORDER BY userid, ${this.#activity} LIMIT ${ownersPerQuery})`;
    const selects = [
      ...(this.chat ? [select(this.chat, this.messageFilter)] : []),
      ...(this.chats ? [select(this.chats, this.sessionFilter)] : []),
    ];
    return this.database.query<Owner>(
      `${selects.join(' UNION ')} ORDER BY userId, activityId LIMIT ${ownersPerQuery}`,
      selects.flatMap(() => [userId, userId, activityId]),
    );
  }

  async *sessions(owner: Owner): AsyncGenerator<SourceSession[]> {
    if (!this.chats) return;
    const { name, ownerIndex } = this.chats;
    // More than one may be active there: the one that was changed last is.
    const better = `SELECT 1 FROM ${name} b WHERE b.userid = s.userid AND b.${this.#activity} = s.${this.#activity}
      AND b.is_active <> 0 AND (b.modified_at > s.modified_at OR (b.modified_at = s.modified_at AND b.id > s.id))`;
    for (let after = -1; ;) {
      const rows = await this.database.query<SessionRow>(
        `SELECT id, session_id AS session, title, is_active <> 0 AND NOT EXISTS (${better}) AS active,
           created_at AS createdAt, modified_at AS modifiedAt
         FROM ${name} s ${ownerIndex} WHERE ${this.#owned} AND id > ? ORDER BY id LIMIT ${idsPerQuery}`,
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

  async *messages(owner: Owner, notes: LedgerView | undefined): AsyncGenerator<SourceMessage[]> {
    if (!this.chat) return;
    if (!notes) {
      yield* this.all(owner, this.chat);
      return;
    }
    const { name, ownerIndex } = this.chat;
    for (let after = -1; ;) {
      const rows = await this.database.query<{ id: number }>(
        `SELECT id FROM ${name} ${ownerIndex} WHERE ${this.#owned}${this.messageFilter} AND id > ?
         ORDER BY id LIMIT ${idsPerQuery}`,
        [owner.userId, owner.activityId, after],
      );
      if (rows.length > 0) yield* this.find(owner, await notes.notRecorded(rows.map(({ id }) => id)));
      if (rows.length < idsPerQuery) return;
      after = rows.at(-1)?.id ?? after;
    }
  }

  async firstUserMessage(owner: Owner, session: string): Promise<string | undefined> {
    if (!this.chat) return undefined;
    const { name, ownerIndex } = this.chat;
    for (let after = -1; ;) {
      const rows = await this.database.query<{ id: number; role: string; content: string }>(
        `SELECT id, role, LEFT(content, 1000) AS content FROM ${name} ${ownerIndex}
         WHERE ${this.#owned} AND chat_session_id = ? AND role LIKE '%user%' AND id > ? ORDER BY id LIMIT ${titlesPerQuery}`,
        [owner.userId, owner.activityId, session, after],
      );
      const first = rows.find(canBeTitle);
      if (first || rows.length < titlesPerQuery) return first?.content;
      after = rows.at(-1)?.id ?? after;
    }
  }

  async *find(owner: Owner, rowIds: number[]): AsyncGenerator<SourceMessage[]> {
    if (!this.chat) return;
    for (let start = 0; start < rowIds.length; start += rowsPerQuery) {
      const rows = await this.database.query<MessageRow>(
        `SELECT ${this.columns} FROM ${this.chat.name} FORCE INDEX (PRIMARY)
         WHERE ${this.#owned} AND id IN (?) ORDER BY id`,
        [owner.userId, owner.activityId, rowIds.slice(start, start + rowsPerQuery)],
      );
      yield* this.withContents(rows);
    }
  }

  private async *all(owner: Owner, { name, ownerIndex }: PluginTable): AsyncGenerator<SourceMessage[]> {
    for (let after = -1; ;) {
      const rows = await this.database.query<MessageRow>(
        `SELECT ${this.columns} FROM ${name} ${ownerIndex} WHERE ${this.#owned}${this.messageFilter} AND id > ?
         ORDER BY id LIMIT ${rowsPerQuery}`,
        [owner.userId, owner.activityId, after],
      );
      yield* this.withContents(rows);
      if (rows.length < rowsPerQuery) return;
      after = rows.at(-1)?.id ?? after;
    }
  }

  /** What a search for equal messages needs of all of an owner's, without their contents. */
  async *fingerprints(owner: Owner): AsyncGenerator<Fingerprint[]> {
    if (!this.chat) return;
    const { since } = this.filter;
    const { name, ownerIndex } = this.chat;
    for (let after = -1; ;) {
      const rows = await this.database.query<MessageRow & { hash: string }>(
        `SELECT id, role, SHA2(content, 256) AS hash, ${this.timestamp.column} AS said, created_at AS savedAt
         FROM ${name} ${ownerIndex} WHERE ${this.#owned} AND id > ? ORDER BY id LIMIT ${idsPerQuery}`,
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
    let some: SourceMessage[] = [];
    let bytes = 0;
    for (const row of rows) {
      const tooLong = row.bytes > maxContentBytes;
      if (some.length > 0 && bytes + row.bytes > maxPageBytes) {
        yield some;
        some = [];
        bytes = 0;
      }
      const content = row.content ?? (tooLong ? '' : await this.content(row.id));
      bytes += row.bytes;
      some.push({
        rowId: row.id,
        name: String(row.id),
        session: row.session,
        role: row.role,
        content,
        times: this.times(row),
        savedAt: parseTime(row.savedAt),
        ...(tooLong && { problem: `its content has ${row.bytes} bytes, more than a message can hold` }),
      });
    }
    if (some.length > 0) yield some;
  }

  private async content(id: number): Promise<string> {
    const name = this.chat?.name ?? '';
    const [row] = await this.database.query<{ content: string }>(`SELECT content FROM ${name} WHERE id = ?`, [id]);
    return row?.content ?? '';
  }

  private get columns(): string {
    return `id, chat_session_id AS session, role, OCTET_LENGTH(content) AS bytes,
      CASE WHEN OCTET_LENGTH(content) <= ${inlineLimitBytes} THEN content END AS content,
      ${this.timestamp.column} AS said, created_at AS savedAt`;
  }

  private times({ said, savedAt }: Pick<MessageRow, 'said' | 'savedAt'>): number[] {
    return this.timestamp.rule(parseTime(said), parseTime(savedAt));
  }

  private async countOf({ name }: PluginTable, filter: string): Promise<number> {
    const { count } = await this.database.queryOne<{ count: number }>(
      `SELECT COUNT(*) AS count FROM ${name} WHERE 1 = 1${filter}${this.ownerFilter}`,
    );
    return count;
  }

  private get ownerFilter(): string {
    const { userId, activityId } = this.filter;
    return [
      userId === undefined ? '' : ` AND userid = ${userId}`,
      activityId === undefined ? '' : ` AND ${this.#activity} = ${activityId}`,
    ].join('');
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
