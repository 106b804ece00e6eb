import { sha256Hex } from '../../common/hash.js';
import type { Owner } from '../../owners/owner.js';
import type {
  ChatSource,
  LedgerView,
  RowCount,
  SourceDigest,
  SourceMessage,
  SourceSession,
  UnusableRow,
} from './chat-source.js';
import type { Fingerprint, ChatTables } from './chat-tables.repository.js';
import { groupsByBytes } from './pages.js';
import type { PluginName } from './plugin-types.js';
import { findDuplicates } from './project-duplicates.js';
import { parseHistory, type HistoryEntry } from './project-history.js';
import { findRecordedEntries, withRecordedIds } from './project-ledger-ids.js';
import type { SourceDatabase } from './source-database.js';
import { SourceTable } from './source-table.js';
import { toText } from './texts.js';
import { parseTimeColumn, plausible } from './times.js';
import { readUnusableRows } from './unusable-rows.repository.js';

interface WorkRow {
  id: number;
  name: unknown;
  bytes: number | null;
  content: unknown;
  /** The SHA-256 of the content, computed by the source's server. */
  digest: string | null;
  createdAt: unknown;
  modifiedAt: unknown;
}

interface ProjectEntry extends HistoryEntry {
  row: Pick<WorkRow, 'id' | 'name' | 'createdAt' | 'modifiedAt'>;
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
  readonly hasSessionTable = false;
  readonly title = 'Earlier chat';

  constructor(
    private readonly database: SourceDatabase,
    module: PluginName,
    private readonly work: SourceTable,
    private readonly tables: ChatTables,
    /** Only rows that the source saved from this time on, UTC milliseconds. */
    private readonly since: number | undefined,
  ) {
    this.table = `${module}_work`;
  }

  async count(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `SELECT COUNT(*) AS count FROM ${this.work.name} WHERE 1 = 1${this.condition}${this.work.filter}`,
    );
    return Number(row?.count);
  }

  /** Each entry of a project is read as a row, so the table does not say how many there are. */
  rowCounts(): Promise<Map<string, RowCount>> {
    return Promise.resolve(new Map<string, RowCount>());
  }

  unusableRows(): AsyncGenerator<UnusableRow[]> {
    return readUnusableRows(this.database, this.work, this.table, this.condition);
  }

  owners(after: Owner | undefined): Promise<Owner[]> {
    return this.database.query<Owner>(this.work.selectOwners(this.condition), SourceTable.afterParameters(after));
  }

  async *sessions(): AsyncGenerator<SourceSession[]> {
    // This format has no session rows.
  }

  async *messages(owner: Owner, ledger: LedgerView | undefined): AsyncGenerator<SourceMessage[]> {
    const projects = await this.projects(owner, this.condition);
    for (const { row, problem } of projects) if (problem !== undefined) yield [this.unreadable(row, problem)];
    const recorded = (await ledger?.messageIds()) ?? new Map<number, number | null>();
    const entries = withRecordedIds(
      projects.flatMap(({ entries }) => entries),
      recorded,
    );
    const { since } = this;
    const wanted = entries.filter(({ time }) => since === undefined || time === undefined || time >= since);
    const rowIds = wanted.map(({ rowId }) => rowId);
    const missing = new Set(ledger ? await ledger.notRecorded(rowIds) : rowIds);
    if (missing.size === 0) return;
    // Entries that were skipped as duplicates before are matched again, so that they take the same rows.
    const candidates = entries.filter(({ rowId }) => (recorded.get(rowId) ?? null) === null);
    const duplicates = await findDuplicates(candidates, this.importedRows(owner, ledger));
    const newEntries = wanted.filter(({ rowId }) => missing.has(rowId));
    const messages = newEntries.map((entry) => this.message(entry, duplicates.get(entry.rowId)));
    yield* groupsByBytes(messages, ({ content }) => content.length, mebibyte);
  }

  firstUserMessage(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async *digests(owner: Owner, rowIds: number[]): AsyncGenerator<SourceDigest[]> {
    const projects = await this.projects(owner, '');
    const entries = findRecordedEntries(
      projects.flatMap((project) => project.entries),
      new Set(rowIds),
    );
    yield entries.map((entry) => {
      const { content, ...head } = this.message(entry);
      return { ...head, contentDigest: content === '' ? undefined : sha256Hex(content) };
    });
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

  private async projects(owner: Owner, condition: string): Promise<Project[]> {
    const seen = new Map<number, number>();
    return (await this.rows(owner, condition)).map((row) => {
      const entries = this.entriesOf(row, seen);
      return Array.isArray(entries) ? { row, entries } : { row, entries: [], problem: entries.problem };
    });
  }

  private rows({ userId, activityId }: Owner, condition: string): Promise<WorkRow[]> {
    const { name, isOwner, rowId, rowName } = this.work;
    const content = this.work.text('content');
    return this.database.query<WorkRow>(
      `SELECT ${rowId} AS id, ${rowName} AS name, OCTET_LENGTH(${content}) AS bytes, SHA2(${content}, 256) AS digest,
         CASE WHEN OCTET_LENGTH(${content}) <= ${maxProjectBytes} THEN ${content} END AS content,
         ${this.work.time('timecreated')} AS createdAt, ${this.work.time('timemodified')} AS modifiedAt
       FROM ${name} WHERE ${isOwner}${condition} AND ${rowId} IS NOT NULL ORDER BY id, digest`,
      [userId, activityId],
    );
  }

  private entriesOf(row: WorkRow, seen: Map<number, number>): ProjectEntry[] | { problem: string } {
    const { id, name, bytes, createdAt, modifiedAt } = row;
    const { text, isExact } = toText(row.content);
    if (text === null) return bytes === null ? [] : { problem: `it has ${bytes} bytes, more than ${maxProjectBytes}` };
    if (!isExact) return { problem: 'its content is not valid UTF-8' };
    if (sha256Hex(text) !== row.digest) return { problem: 'the connection to the source changed its content' };
    try {
      return text.trim() === ''
        ? []
        : parseHistory(text, seen).map((entry) => ({ ...entry, row: { id, name, createdAt, modifiedAt } }));
    } catch (error) {
      return { problem: (error as Error).message };
    }
  }

  private message({ row, ...entry }: ProjectEntry, duplicateOf?: number): SourceMessage {
    const rowTime = parseTimeColumn(row.createdAt) ?? parseTimeColumn(row.modifiedAt);
    const time = plausible(entry.time ?? rowTime ?? NaN);
    return {
      rowId: entry.rowId,
      name: `${toText(row.name).text ?? ''}, entry ${entry.position}`,
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
    return { ...empty, rowId: row.id, name: toText(row.name).text ?? '', problem };
  }

  /** Restricts rows to those from `since` on: empty, or begins with AND. */
  private get condition(): string {
    const { since } = this;
    if (since === undefined) return '';
    return ` AND ${this.work.comparableTime('timemodified')} >= ${Math.floor(since / 1000)}`;
  }
}
