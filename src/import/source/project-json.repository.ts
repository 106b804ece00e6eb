import type { MoodleDatabase } from '../../moodle/moodle-database.js';
import type { Owner } from '../../owners/owner.js';
import type { ChatSource, LedgerView, SourceMessage, SourceSession } from './chat-source.js';
import type { Fingerprint, ChatTables } from './chat-tables.repository.js';
import type { ImportFilter, PluginName, PluginTable } from './plugin-types.js';
import { parseHistory, type HistoryEntry } from './project-history.js';
import { findRecordedEntries, withRecordedIds } from './project-ledger-ids.js';
import { findDuplicates } from './project-duplicates.js';
import { plausible, parseTime } from './times.js';

interface WorkRow {
  id: number;
  bytes: number;
  content: string | null;
  createdAt: number;
  modifiedAt: number;
}

interface ProjectEntry extends HistoryEntry {
  row: Pick<WorkRow, 'id' | 'createdAt' | 'modifiedAt'>;
}

interface Project {
  row: WorkRow;
  entries: ProjectEntry[];
  problem?: string;
}

const ownersPerQuery = 500;
const mebibyte = 1024 * 1024;
/** A project is read as a whole: a larger one would need more memory than there may be. */
const maxProjectBytes = 32 * mebibyte;

/** The plugin's oldest format: one project a person as JSON, with the whole chat in its `chatHistory`. */
export class ProjectJson implements ChatSource {
  readonly table: string;
  readonly sessionTable = undefined;
  readonly title = 'Earlier chat';
  readonly #activity: string;

  constructor(
    private readonly database: MoodleDatabase,
    module: PluginName,
    private readonly work: PluginTable,
    private readonly tables: ChatTables,
    private readonly filter: ImportFilter,
  ) {
    this.table = `${module}_work`;
    this.#activity = `${module}id`;
  }

  async count(): Promise<number> {
    const { count } = await this.database.queryOne<{ count: number }>(
      `SELECT COUNT(*) AS count FROM ${this.work.name} WHERE 1 = 1${this.condition}`,
    );
    return count;
  }

  owners(after: Owner | undefined): Promise<Owner[]> {
    const { userId = Number.MIN_SAFE_INTEGER, activityId = Number.MIN_SAFE_INTEGER } = after ?? {};
    return this.database.query<Owner>(
      `SELECT DISTINCT userid AS userId, ${this.#activity} AS activityId FROM ${this.work.name}
       WHERE (userid > ? OR (userid = ? AND ${this.#activity} > ?))${this.condition}
       ORDER BY userid, ${this.#activity} LIMIT ${ownersPerQuery}`,
      [userId, userId, activityId],
    );
  }

  async *sessions(): AsyncGenerator<SourceSession[]> {
    // They have no rows.
  }

  async *messages(owner: Owner, notes: LedgerView | undefined): AsyncGenerator<SourceMessage[]> {
    const projects = await this.projects(owner);
    for (const { row, problem } of projects) {
      if (problem === undefined) continue;
      await notes?.notRecorded([row.id]);
      yield [this.unreadable(row, problem)];
    }
    const noted = (await notes?.messageIds()) ?? new Map<number, number | null>();
    const entries = withRecordedIds(
      projects.flatMap(({ entries }) => entries),
      noted,
    );
    const { since } = this.filter;
    const wanted = entries.filter(({ time }) => since === undefined || time === undefined || time >= since);
    const rowIds = wanted.map(({ rowId }) => rowId);
    const missing = new Set(notes ? await notes.notRecorded(rowIds) : rowIds);
    if (missing.size === 0) return;
    // Those that are noted as twins have taken theirs already: they are matched again, in their order.
    const unsettled = entries.filter(({ rowId }) => (noted.get(rowId) ?? null) === null);
    const twins = await findDuplicates(unsettled, this.rowsThatCome(owner, notes));
    const some = wanted.filter(({ rowId }) => missing.has(rowId));
    yield* inChunks(some.map((entry) => this.message(entry, twins.get(entry.rowId))));
  }

  firstUserMessage(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async *find(owner: Owner, rowIds: number[]): AsyncGenerator<SourceMessage[]> {
    const entries = (await this.projects(owner)).flatMap((project) => project.entries);
    yield findRecordedEntries(entries, new Set(rowIds)).map((entry) => this.message(entry));
  }

  /** Rows of the table of messages that have come or come now: one that stays away is nobody's twin. */
  private async *rowsThatCome(owner: Owner, notes: LedgerView | undefined): AsyncGenerator<Fingerprint[]> {
    for await (const page of this.tables.fingerprints(owner)) {
      const late = page.filter(({ isWanted }) => !isWanted).map(({ id }) => id);
      const away = new Set(notes && late.length > 0 ? await notes.notRecordedIn(this.tables.table, late) : late);
      yield page.filter(({ id }) => !away.has(id));
    }
  }

  private async projects(owner: Owner): Promise<Project[]> {
    const seen = new Map<number, number>();
    return (await this.rows(owner)).map((row) => {
      const entries = this.entriesOf(row, seen);
      return Array.isArray(entries) ? { row, entries } : { row, entries: [], problem: entries.problem };
    });
  }

  private rows({ userId, activityId }: Owner): Promise<WorkRow[]> {
    return this.database.query<WorkRow>(
      `SELECT id, OCTET_LENGTH(content) AS bytes, CASE WHEN OCTET_LENGTH(content) <= ${maxProjectBytes} THEN content END AS content,
         timecreated AS createdAt, timemodified AS modifiedAt
       FROM ${this.work.name} WHERE userid = ? AND ${this.#activity} = ?${this.condition} ORDER BY id`,
      [userId, activityId],
    );
  }

  private entriesOf(row: WorkRow, seen: Map<number, number>): ProjectEntry[] | { problem: string } {
    const { id, bytes, content, createdAt, modifiedAt } = row;
    if (content === null) return bytes > 0 ? { problem: `it has ${bytes} bytes, more than ${maxProjectBytes}` } : [];
    try {
      return content.trim() === ''
        ? []
        : parseHistory(content, seen).map((entry) => ({ ...entry, row: { id, createdAt, modifiedAt } }));
    } catch (error) {
      return { problem: (error as Error).message };
    }
  }

  private message({ row, ...entry }: ProjectEntry, twin?: number): SourceMessage {
    const time = plausible(entry.time ?? parseTime(row.createdAt) ?? parseTime(row.modifiedAt) ?? NaN);
    return {
      rowId: entry.rowId,
      name: `${row.id}, entry ${entry.place}`,
      session: `earlier-chat-${row.id}`,
      role: entry.role,
      content: entry.content,
      times: time === undefined ? [] : [time],
      savedAt: time,
      isTimeless: !entry.hasTime,
      ...(entry.problem !== undefined && { problem: entry.problem }),
      ...(twin !== undefined && { sameAs: `${this.tables.table} ${twin}` }),
    };
  }

  private unreadable(row: WorkRow, problem: string): SourceMessage {
    const none = { session: '', role: '', content: '', times: [], savedAt: undefined };
    return { ...none, rowId: row.id, name: String(row.id), problem };
  }

  private get condition(): string {
    const { userId, activityId, since } = this.filter;
    return [
      userId === undefined ? '' : ` AND userid = ${userId}`,
      activityId === undefined ? '' : ` AND ${this.#activity} = ${activityId}`,
      since === undefined ? '' : ` AND timemodified >= ${Math.floor(since / 1000)}`,
    ].join('');
  }
}

function* inChunks(messages: SourceMessage[]): Generator<SourceMessage[]> {
  let piece: SourceMessage[] = [];
  let length = 0;
  for (const message of messages) {
    if (piece.length > 0 && length + message.content.length > mebibyte) {
      yield piece;
      piece = [];
      length = 0;
    }
    piece.push(message);
    length += message.content.length;
  }
  if (piece.length > 0) yield piece;
}
