import type { Owner } from '../../owners/owner.js';
import { maxColumnBytes } from '../plan/message-plan.js';
import type { SourceDigest, SourceMessage, SourceMessageHead } from './chat-source.js';
import { groupsByBytes, pagesById, type Position } from './pages.js';
import type { SourceDatabase } from './source-database.js';
import type { SourceTable } from './source-table.js';
import { toText } from './texts.js';
import { parseTimeColumn, type TimeRule } from './times.js';

interface HeadRow {
  id: number;
  name: unknown;
  role: unknown;
  clientTime: unknown;
  savedAt: unknown;
}

export interface MessageRow extends HeadRow {
  session: unknown;
  /** Null without a content. */
  bytes: number | null;
  /** Also null when it is longer than `inlineLimitBytes`. */
  content: unknown;
}

/** A row with its position among the rows of its id, from 0: only in hand-made tables there is more than one. */
type Numbered<Row> = Row & { occurrence: number };

/** Contents up to this size are read with their row, longer ones one by one. */
const inlineLimitBytes = 8192;
/** Approximate maximum size of a yielded page; a single message may be larger. */
const maxPageBytes = 1024 * 1024;

/** Reads rows of the plugin's message table. */
export class MessageRows {
  /** The columns of a message without session and content. */
  readonly headColumns: string;
  readonly columns: string;
  /** Restricts rows to those from `since` on: empty, or begins with AND. */
  readonly condition: string;
  readonly #content: string;
  /** The order of the rows of one id: empty, or begins with a comma. */
  readonly #orderInId: string;

  constructor(
    private readonly database: SourceDatabase,
    readonly table: SourceTable,
    private readonly timeRule: TimeRule,
    since: number | undefined,
  ) {
    this.#content = table.text('content');
    this.#orderInId = table.hasUniqueIds ? '' : `, SHA2(${this.#content}, 256)`;
    // A table may lack one of them.
    const saved = table.typeOf('created_at') === undefined ? 'timestamp' : 'created_at';
    this.condition = since === undefined ? '' : ` AND ${table.comparableTime(saved)} >= ${Math.floor(since / 1000)}`;
    this.headColumns = `${table.rowName} AS name, ${table.text('role')} AS role, ${table.time('timestamp')} AS clientTime,
      ${table.time('created_at')} AS savedAt`;
    this.columns = `${this.headColumns}, ${table.text('chat_session_id')} AS session, OCTET_LENGTH(${this.#content}) AS bytes,
      CASE WHEN OCTET_LENGTH(${this.#content}) <= ${inlineLimitBytes} THEN ${this.#content} END AS content`;
  }

  /**
   * Pages of the rows of an owner in the order of their ids.
   * @param columns besides `id`; may be empty
   */
  pages<Row extends { id: number; position: Position }>(
    { userId, activityId }: Owner,
    columns: string,
    size: number,
    condition = this.condition,
  ): AsyncGenerator<Row[]> {
    const { table } = this;
    const { name, ownerIndex, isOwner, rowId, position, hasUniqueIds } = table;
    return pagesById({ hasUniqueIds, size }, (after, limit) =>
      this.database.query<Row>(
        `SELECT ${rowId} AS id, ${position} AS position${columns === '' ? '' : `, ${columns}`} FROM ${name} ${ownerIndex}
         WHERE ${isOwner}${condition}${table.isAfter(after)} ORDER BY position${this.#orderInId} LIMIT ${limit}`,
        [userId, activityId],
      ),
    );
  }

  /** The rows with these ids, in the order of their ids. */
  async byId<Row extends { id: number } = MessageRow>(
    { userId, activityId }: Owner,
    columns: string,
    ids: number[],
  ): Promise<Row[]> {
    if (ids.length === 0) return [];
    const { name, idIndex, ownerIndex, isOwner, rowId, position, hasUniqueIds } = this.table;
    return this.database.query<Row>(
      `SELECT ${rowId} AS id, ${columns} FROM ${name} ${hasUniqueIds && idIndex !== '' ? idIndex : ownerIndex}
       WHERE ${isOwner} AND ${rowId} IN (?) ORDER BY ${position}${this.#orderInId}`,
      [userId, activityId, ids],
    );
  }

  /** The messages of complete rows, in pages that are small enough to be held in memory. */
  async *withContents(
    owner: Owner,
    rows: MessageRow[],
    isWanted: (row: Numbered<MessageRow>) => boolean = () => true,
  ): AsyncGenerator<SourceMessage[]> {
    const wanted = numbered(rows).filter(isWanted);
    for (const group of groupsByBytes(wanted, ({ bytes }) => bytes ?? 0, maxPageBytes)) {
      const page: SourceMessage[] = [];
      for (const row of group) page.push(await this.message(owner, row));
      yield page;
    }
  }

  async digests(owner: Owner, ids: number[]): Promise<SourceDigest[]> {
    const columns = `${this.headColumns}, ${this.table.text('chat_session_id')} AS session,
      ${contentDigest(this.#content)} AS digest`;
    const rows = await this.byId<HeadRow & { session: unknown; digest: string | null }>(owner, columns, ids);
    return rows.map((row) => ({
      ...this.head(row),
      contentDigest: row.digest ?? undefined,
      sessionInTable: toText(row.session).text ?? '',
    }));
  }

  times({ clientTime, savedAt }: Pick<HeadRow, 'clientTime' | 'savedAt'>): number[] {
    return this.timeRule(parseTimeColumn(clientTime), parseTimeColumn(savedAt));
  }

  private head(row: HeadRow): SourceMessageHead {
    const { text: role } = toText(row.role);
    return {
      rowId: row.id,
      name: toText(row.name).text ?? '',
      role: role ?? '',
      times: this.times(row),
      savedAt: parseTimeColumn(row.savedAt),
      ...(role === null && { problem: 'its role is NULL' }),
    };
  }

  private async message(owner: Owner, row: Numbered<MessageRow>): Promise<SourceMessage> {
    const head = this.head(row);
    const session = toText(row.session).text ?? '';
    const problem = this.problemOf(row) ?? head.problem;
    if (problem !== undefined) return { ...head, session, content: '', problem };
    const { text, isExact } = toText(row.content ?? (await this.content(owner, row)));
    return { ...head, session, content: text ?? '', ...(!isExact && { problem: 'its content is not valid UTF-8' }) };
  }

  private problemOf({ bytes, occurrence }: Numbered<MessageRow>): string | undefined {
    if (occurrence > 0) return 'another row has the same id';
    if (bytes === null) return 'its content is NULL';
    if (bytes <= maxColumnBytes) return undefined;
    return `its content has ${bytes} bytes, more than the maximum of ${maxColumnBytes}`;
  }

  private async content({ userId, activityId }: Owner, { id, occurrence }: Numbered<MessageRow>): Promise<unknown> {
    const { name, idIndex, ownerIndex, isOwner, rowId, hasUniqueIds } = this.table;
    const [row] = await this.database.query<{ content: unknown }>(
      `SELECT ${this.#content} AS content FROM ${name} ${hasUniqueIds && idIndex !== '' ? idIndex : ownerIndex}
       WHERE ${isOwner} AND ${rowId} = ? ORDER BY ${rowId}${this.#orderInId} LIMIT 1 OFFSET ?`,
      [userId, activityId, id, occurrence],
    );
    return row?.content ?? '';
  }
}

function numbered<Row extends { id: number }>(rows: Row[]): Numbered<Row>[] {
  let occurrence = 0;
  return rows.map((row, index) => {
    occurrence = rows[index - 1]?.id === row.id ? occurrence + 1 : 0;
    return { ...row, occurrence };
  });
}

/** Computed by the source's server, so that the character set of a connection cannot hide a difference. */
function contentDigest(content: string): string {
  return `CASE WHEN OCTET_LENGTH(${content}) > 0 THEN SHA2(${content}, 256) END`;
}
