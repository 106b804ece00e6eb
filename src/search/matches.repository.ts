import { Injectable } from '@nestjs/common';
import { SqlClient, forceIndex, type Parameter } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerCondition, ownerFilter, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { isLive } from '../sessions/live-message-rules.js';
import { maxTerms } from './search-query.js';
import type { FoundMessage, SearchPosition } from './search.js';

/** A message that matches, or that was not compared. */
export interface Candidate extends FoundMessage {
  historyPosition: number;
  /** `unfolded` has no folded content; `large` has one that takes a statement of its own to compare. */
  state: 'matches' | 'unfolded' | 'large';
  /** The content, when it is unfolded and not too large. */
  content: string | null;
}

/** A session whose title is compared. */
export interface TitleRow {
  rowId: number;
  sessionId: string;
  title: string;
  createdAt: number;
}

/** The content of a message as a search compares it. */
export interface FoldedContent {
  id: number;
  folded: Buffer;
}

/** Rows that one statement returns. */
export const maxCandidates = 100;
export const titlesPerStatement = 500;
/** A larger folded content is compared alone, in bytes: statements of SQLite keep all other requests waiting. */
const maxComparedBytes = 16 * 1024;
/** A larger content that is not folded is read alone, in bytes. */
const maxContentBytes = 16 * 1024;

/**
 * Hand-written for the forced index; the plans are tested. Only messages of current branches are found. A message that is
 * still written is not: its text is not in its row.
 * @param contains a condition with one parameter for the folded content
 */
export function searchQueries(contains: string) {
  const matches = Array<string>(maxTerms).fill(contains).join(' AND ');
  const searched = `FROM writeassistdev_chat ${forceIndex('unique_chat_history')} WHERE ${ownerCondition}`;
  return {
    /** Reads the index alone. */
    stepEnd: `SELECT history_time AS position ${searched} AND history_time < ? ORDER BY history_time DESC LIMIT 1 OFFSET ?`,
    candidates: `SELECT id, chat_session_id AS sessionId, role, sequence, timestamp, history_time AS historyPosition,
        OCTET_LENGTH(content) AS bytes,
        CASE WHEN folded IS NULL THEN 'unfolded' WHEN OCTET_LENGTH(folded) > ${maxComparedBytes} THEN 'large'
          ELSE 'matches' END AS state,
        CASE WHEN folded IS NULL AND OCTET_LENGTH(content) <= ${maxContentBytes} THEN content END AS content
      ${searched} AND history_time < ? AND history_time >= ? AND status <> 'in_progress' AND on_branch = 1
        AND (folded IS NULL OR OCTET_LENGTH(folded) > ${maxComparedBytes} OR (${matches}))
        AND ${isLive()}
      ORDER BY history_time DESC LIMIT ${maxCandidates}`,
    large: `SELECT id FROM writeassistdev_chat WHERE ${ownerFilter} AND id = ? AND ${matches}`,
    content: `SELECT content FROM writeassistdev_chat WHERE ${ownerFilter} AND id = ?`,
    titles: `SELECT id AS rowId, session_id AS sessionId, title, created_at AS createdAt
      FROM writeassistdev_chat_sessions ${forceIndex('ix_chat_sessions_created')} WHERE ${ownerCondition}
        AND created_at >= ? AND created_at <= ? AND (created_at <> ? OR id < ?) AND deleted_at IS NULL
      ORDER BY created_at DESC, id DESC LIMIT ${titlesPerStatement}`,
    fill: `UPDATE writeassistdev_chat SET folded = ? WHERE id = ? AND ${ownerFilter} AND folded IS NULL`,
  };
}

/** What a search compares. Every method is limited to the owner. */
@Injectable()
export class MatchesRepository {
  readonly #queries: ReturnType<typeof searchQueries>;

  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {
    this.#queries = searchQueries(sql.contains('folded'));
  }

  /** The history position of the message that is `rows` before a position; undefined when there are fewer. */
  async findStepEnd(owner: Owner, before: number, rows: number): Promise<number | undefined> {
    const row = await this.sql.queryOne<{ position: number }>(this.#queries.stepEnd, [
      ...ownerParameters(owner),
      before,
      // MySQL 8 refuses a number here in the binary protocol, and accepts a string.
      String(rows - 1),
    ]);
    return row?.position;
  }

  /** At most `maxCandidates` messages with a history position from `from` to before `before`, newest first. */
  findCandidates(owner: Owner, needles: Buffer[], before: number, from: number): Promise<Candidate[]> {
    const parameters: Parameter[] = [...ownerParameters(owner), before, from, ...padded(needles)];
    return this.sql.query<Candidate>(this.#queries.candidates, parameters);
  }

  /** Whether the folded content of one message has all needles. */
  async matches(owner: Owner, id: number, needles: Buffer[]): Promise<boolean> {
    const parameters = [...ownerParameters(owner), id, ...padded(needles)];
    return (await this.sql.queryOne(this.#queries.large, parameters)) !== undefined;
  }

  /** @returns undefined for a message that was deleted */
  async findContent(owner: Owner, id: number): Promise<string | undefined> {
    const row = await this.sql.queryOne<{ content: string }>(this.#queries.content, [...ownerParameters(owner), id]);
    return row?.content;
  }

  /** At most `titlesPerStatement` sessions after `after` that were made at `from` or later, newest first. */
  findTitles(owner: Owner, after: SearchPosition, from: number): Promise<TitleRow[]> {
    return this.sql.query<TitleRow>(this.#queries.titles, [
      ...ownerParameters(owner),
      from,
      after.time,
      after.time,
      after.rank,
    ]);
  }

  /** Stores folded contents in one transaction; nothing for messages that were deleted or have one. */
  fill(owner: Owner, contents: FoldedContent[]): Promise<void> {
    return this.transactions.run(async () => {
      for (const { id, folded } of contents) {
        await this.sql.execute(this.#queries.fill, [folded, id, ...ownerParameters(owner)]);
      }
    });
  }
}

/** Always the same number of parameters, so that the statement is prepared once. */
function padded(needles: Buffer[]): Buffer[] {
  const [first = Buffer.alloc(0)] = needles;
  return Array.from({ length: maxTerms }, (_, index) => needles[index] ?? first);
}
