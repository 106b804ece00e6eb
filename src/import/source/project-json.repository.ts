import type { MoodleDatabase } from '../../moodle/moodle-database.js';
import type { Owner } from '../../owners/owner.js';
import type { ChatSource, LedgerView, SourceMessage, SourceSession } from './chat-source.js';
import type { Fingerprint, ChatTables } from './chat-tables.repository.js';
import { OwnerQuery, ownersPerQuery } from './owner-query.js';
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

const mebibyte = 1024 * 1024;
/** Larger projects are skipped, to bound memory: a project is parsed as a whole. */
const maxProjectBytes = 32 * mebibyte;

/** Reads the plugin's oldest format: one JSON project per user and activity, whose `chatHistory` is the whole chat. */
export class ProjectJson implements ChatSource {
  readonly table: string;
  readonly sessionTable = undefined;
  readonly title = 'Earlier chat';
  readonly #owners: OwnerQuery;

  constructor(
    private readonly database: MoodleDatabase,
    module: PluginName,
    private readonly work: PluginTable,
    private readonly tables: ChatTables,
    private readonly filter: ImportFilter,
  ) {
    this.table = `${module}_work`;
    this.#owners = new OwnerQuery(`${module}id`, filter);
  }

  async count(): Promise<number> {
    const { count } = await this.database.queryOne<{ count: number }>(
      `SELECT COUNT(*) AS count FROM ${this.work.name} WHERE 1 = 1${this.rowFilter}`,
    );
    return count;
  }

  owners(after: Owner | undefined): Promise<Owner[]> {
    const { columns, isAfter, order } = this.#owners;
    return this.database.query<Owner>(
      `SELECT DISTINCT ${columns} FROM ${this.work.name} WHERE ${isAfter}${this.rowFilter}
       ORDER BY ${order} LIMIT ${ownersPerQuery}`,
      OwnerQuery.afterParameters(after),
    );
  }

  async *sessions(): AsyncGenerator<SourceSession[]> {
    // This format has no session rows.
  }

  async *messages(owner: Owner, ledger: LedgerView | undefined): AsyncGenerator<SourceMessage[]> {
    const projects = await this.projects(owner);
    for (const { row, problem } of projects) {
      if (problem === undefined) continue;
      await ledger?.notRecorded([row.id]);
      yield [this.unreadable(row, problem)];
    }
    const recorded = (await ledger?.messageIds()) ?? new Map<number, number | null>();
    const entries = withRecordedIds(
      projects.flatMap(({ entries }) => entries),
      recorded,
    );
    const { since } = this.filter;
    const wanted = entries.filter(({ time }) => since === undefined || time === undefined || time >= since);
    const rowIds = wanted.map(({ rowId }) => rowId);
    const missing = new Set(ledger ? await ledger.notRecorded(rowIds) : rowIds);
    if (missing.size === 0) return;
    // Entries that were skipped as duplicates before are matched again, so that they take the same rows.
    const candidates = entries.filter(({ rowId }) => (recorded.get(rowId) ?? null) === null);
    const duplicates = await findDuplicates(candidates, this.importedRows(owner, ledger));
    const newEntries = wanted.filter(({ rowId }) => missing.has(rowId));
    yield* inPages(newEntries.map((entry) => this.message(entry, duplicates.get(entry.rowId))));
  }

  firstUserMessage(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async *find(owner: Owner, rowIds: number[]): AsyncGenerator<SourceMessage[]> {
    const entries = (await this.projects(owner)).flatMap((project) => project.entries);
    yield findRecordedEntries(entries, new Set(rowIds)).map((entry) => this.message(entry));
  }

  /** Rows of the message table that are recorded or included in this import: others must not replace an entry. */
  private async *importedRows(owner: Owner, ledger: LedgerView | undefined): AsyncGenerator<Fingerprint[]> {
    for await (const page of this.tables.fingerprints(owner)) {
      const excluded = page.filter(({ isWanted }) => !isWanted).map(({ id }) => id);
      const notImported = new Set(
        ledger && excluded.length > 0 ? await ledger.notRecordedIn(this.tables.table, excluded) : excluded,
      );
      yield page.filter(({ id }) => !notImported.has(id));
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
       FROM ${this.work.name} WHERE ${this.#owners.isOwner}${this.rowFilter} ORDER BY id`,
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

  private message({ row, ...entry }: ProjectEntry, duplicateOf?: number): SourceMessage {
    const time = plausible(entry.time ?? parseTime(row.createdAt) ?? parseTime(row.modifiedAt) ?? NaN);
    return {
      rowId: entry.rowId,
      name: `${row.id}, entry ${entry.position}`,
      session: `earlier-chat-${row.id}`,
      role: entry.role,
      content: entry.content,
      times: time === undefined ? [] : [time],
      savedAt: time,
      isTimeless: !entry.hasTime,
      ...(entry.problem !== undefined && { problem: entry.problem }),
      ...(duplicateOf !== undefined && { sameAs: `${this.tables.table} ${duplicateOf}` }),
    };
  }

  private unreadable(row: WorkRow, problem: string): SourceMessage {
    const empty = { session: '', role: '', content: '', times: [], savedAt: undefined };
    return { ...empty, rowId: row.id, name: String(row.id), problem };
  }

  private get rowFilter(): string {
    const { since } = this.filter;
    const { filter } = this.#owners;
    return since === undefined ? filter : `${filter} AND timemodified >= ${Math.floor(since / 1000)}`;
  }
}

function* inPages(messages: SourceMessage[]): Generator<SourceMessage[]> {
  let page: SourceMessage[] = [];
  let length = 0;
  for (const message of messages) {
    if (page.length > 0 && length + message.content.length > mebibyte) {
      yield page;
      page = [];
      length = 0;
    }
    page.push(message);
    length += message.content.length;
  }
  if (page.length > 0) yield page;
}
