import { Injectable } from '@nestjs/common';
import { SqlClient, forceIndex, type Parameter } from '../database/sql/sql-client.js';
import { ownerCondition, ownerFilter, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { isLive, notCleared } from '../sessions/live-message-rules.js';
import { legacyRoles, maxPageContentBytes } from './message-rules.js';
import {
  MessageTextsRepository,
  storedBytesColumn,
  streamColumns,
  type ListedMessage,
} from './message-texts.repository.js';
import type { Message, MessageList, MessageOrder, MessageRange } from './message.js';
import { pageLength, pageLengthInJson } from './page-length.js';

type CompleteMessage = ListedMessage & { content: string };
/**
 * The messages of the current branch, or of all branches, or those of the current branch that pages of the plugin can
 * show: with a role that they know, and a text.
 */
export type MessageSelection = 'current' | 'all' | 'legacy';

/** A part of the list of a session. */
interface SessionMessageList extends MessageList {
  /** The session's last sequence at the moment of the page; 0 for an empty page. */
  lastSequence: number;
}

/** The columns of a message, without large texts; the first two parameters are the size limit of a message in bytes. */
const columns = `id, chat_session_id AS sessionId, role, timestamp, sequence, client_message_id AS clientMessageId,
  created_at AS createdAt, history_time AS historyPosition, format, metadata, status, ${storedBytesColumn} AS bytes,
  CASE WHEN ${storedBytesColumn} <= ? THEN content END AS content,
  CASE WHEN ${storedBytesColumn} <= ? THEN payload END AS payload, ${streamColumns}`;
const from = (index: string) => `FROM writeassistdev_chat ${forceIndex(index)} WHERE ${ownerCondition}`;
const ofOwner = (index: string) => `SELECT ${columns} ${from(index)}`;
/** The session's last sequence is read by the same statement, so that it is of the same moment as the messages. */
const ofSession = (index: string) => `SELECT ${columns}, (SELECT last_sequence FROM writeassistdev_chat_sessions
  WHERE ${ownerCondition} AND session_id = ?) AS lastSequence ${from(index)} AND chat_session_id = ?
    AND ${notCleared} AND deletion_id IS NULL`;
const idsPerStatement = 50;
const onBranch = 'AND on_branch = 1';
const shownByLegacy = `${onBranch} AND role IN (${legacyRoles.map((role) => `'${role}'`).join()})
  AND (OCTET_LENGTH(content) > 0 OR status = 'in_progress')`;
const filters: Record<MessageSelection, string> = { current: onBranch, all: '', legacy: shownByLegacy };
const newestFirst = 'ORDER BY history_time DESC LIMIT ?';
/** Messages of a step of the history, most of which may not be shown. */
const rowsPerStep = 1000;
const range = 'history_time < ? AND history_time >= ?';
/** Reads the index alone. */
const stepEnd = (
  index: string,
  more = '',
) => `SELECT history_time AS position ${from(index)} ${more} AND history_time < ?
  ORDER BY history_time DESC LIMIT 1 OFFSET ${rowsPerStep - 1}`;
const order = {
  asc: { after: '>', by: 'ORDER BY timestamp, sequence' },
  desc: { after: '<', by: 'ORDER BY timestamp DESC, sequence DESC' },
};

/**
 * Hand-written, since a list needs its forced index and a page is bounded in bytes; the plans are tested. With positions
 * in this form both engines read the index from the position on, which they do not for a row constructor.
 */
export const messageListQueries = {
  firstPage: (direction: MessageOrder, selection: MessageSelection = 'current') =>
    `${ofSession('ix_chat_order')} ${filters[selection]} ${order[direction].by} LIMIT ?`,
  nextPage: (direction: MessageOrder, selection: MessageSelection = 'current') => {
    const { after, by } = order[direction];
    const position = `timestamp ${after}= ? AND (timestamp <> ? OR sequence ${after} ?)`;
    return `${ofSession('ix_chat_order')} AND ${position} ${filters[selection]} ${by} LIMIT ?`;
  },
  afterSequence: (selection: MessageSelection = 'current') =>
    `${ofSession('unique_chat_sequence')} AND sequence > ? ${filters[selection]} ORDER BY sequence LIMIT ?`,
  /** In no order. */
  byIds: `SELECT ${columns} FROM writeassistdev_chat WHERE ${ownerFilter}
    AND ${isLive()} AND id IN (${Array(idsPerStatement).fill('?').join(', ')})`,
  history: `${ofOwner('unique_chat_history')} AND ${range} AND ${isLive()} ${shownByLegacy} ${newestFirst}`,
  historyOfSession: `${ofOwner('ix_chat_session_history')} AND chat_session_id = ? AND ${range} AND ${isLive()}
    ${shownByLegacy} ${newestFirst}`,
  stepEnd: stepEnd('unique_chat_history'),
  stepEndOfSession: stepEnd('ix_chat_session_history', 'AND chat_session_id = ?'),
};

/**
 * Pages of messages. A page has at most `limit` messages, and at most `maxPageContentBytes` of texts, also as JSON, or one
 * message.
 */
@Injectable()
export class MessageListRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly texts: MessageTextsRepository,
  ) {}

  /** The first `limit` messages of this range. */
  async findPage(
    owner: Owner,
    sessionId: string,
    limit: number,
    range: MessageRange,
    selection: MessageSelection = 'current',
  ): Promise<SessionMessageList> {
    const { statement, position } = queryOf(range, selection);
    const session = [...ownerParameters(owner), sessionId];
    const parameters = [...session, ...session, ...session, ...position];
    const rows = await this.query(statement, parameters, limit);
    return { ...(await this.toList(owner, rows, limit, selection)), lastSequence: rows[0]?.lastSequence ?? 0 };
  }

  /** The messages with these ids, one more than the page has if there are more, in this order. */
  async findByIds(owner: Owner, ids: number[], limit: number): Promise<MessageList> {
    const inlineLimit = inlineLimitOf(limit);
    const rows = new Map<number, ListedMessage>();
    for (let start = 0; start < ids.length; start += idsPerStatement) {
      // Always the same number of parameters, so that the statement is prepared once.
      const step = Array.from({ length: idsPerStatement }, (_, index) => ids[start + index] ?? null);
      const parameters = [inlineLimit, inlineLimit, ...ownerParameters(owner), ...step];
      for (const row of await this.sql.query<ListedMessage>(messageListQueries.byIds, parameters)) {
        rows.set(row.id, row);
      }
    }
    const ordered = ids.flatMap((id) => rows.get(id) ?? []);
    return this.toList(owner, ordered, limit, 'all');
  }

  /**
   * Messages of one session, or of all, that pages of the plugin show, by descending history position below `before`. In
   * steps, so that no statement reads more than a part of a large session in the trash.
   */
  async findHistory(owner: Owner, limit: number, before: number, sessionId: string | undefined): Promise<MessageList> {
    const isOfOwner = sessionId === undefined;
    const statement = messageListQueries[isOfOwner ? 'history' : 'historyOfSession'];
    const endOfStep = messageListQueries[isOfOwner ? 'stepEnd' : 'stepEndOfSession'];
    const key = [...ownerParameters(owner), ...(isOfOwner ? [] : [sessionId])];
    const rows: ListedMessage[] = [];
    for (let from: number | undefined = before; from !== undefined && rows.length <= limit;) {
      const end: { position: number } | undefined = await this.sql.queryOne(endOfStep, [...key, from]);
      rows.push(...(await this.query(statement, [...key, from, end?.position ?? 0], limit)));
      from = end?.position;
    }
    return this.toList(owner, rows, limit, 'legacy');
  }

  /** Reads one row more than a page has, with the contents up to a size of which a full page stays within its bytes. */
  private query(statement: string, parameters: Parameter[], limit: number): Promise<ListedMessage[]> {
    const inlineLimit = inlineLimitOf(limit);
    // MySQL 8 refuses a number bound to LIMIT in the binary protocol, and accepts a string.
    return this.sql.query<ListedMessage>(statement, [inlineLimit, inlineLimit, ...parameters, String(limit + 1)]);
  }

  /** The first `limit` of these, with the larger texts, and those that are still written. */
  private async toList(
    owner: Owner,
    rows: ListedMessage[],
    limit: number,
    selection: MessageSelection,
  ): Promise<MessageList> {
    const sizes = rows.slice(0, limit).map(({ bytes, streamBytes }) => bytes + (streamBytes ?? 0));
    const candidates = rows.slice(0, pageLength(sizes));
    await this.texts.complete(owner, candidates);
    // A message that was deleted between the two statements is left out.
    const found = candidates.filter(hasContent).filter(({ content }) => selection !== 'legacy' || content !== '');
    const page = found.slice(0, await pageLengthInJson(found));
    return { messages: page.map(toMessage), more: candidates.length < rows.length || page.length < found.length };
  }
}

/** Of a message, in bytes: larger texts are read one by one. */
function inlineLimitOf(limit: number): number {
  return Math.floor(maxPageContentBytes / (limit + 1));
}

function hasContent(row: ListedMessage): row is CompleteMessage {
  return row.content !== null;
}

/** Without a spread, which takes longer than the rest (docs/adr/0036-cpu-of-a-request.md). */
function toMessage(row: CompleteMessage): Message {
  const { id, sessionId, role, content, timestamp, sequence, clientMessageId, createdAt, historyPosition } = row;
  const { format, payload, metadata, status } = row;
  return {
    id,
    sessionId,
    role,
    content,
    timestamp,
    sequence,
    clientMessageId,
    createdAt,
    historyPosition,
    format,
    payload,
    metadata,
    status,
  };
}

function queryOf(range: MessageRange, selection: MessageSelection): { statement: string; position: number[] } {
  if (range.by === 'sequence') {
    return { statement: messageListQueries.afterSequence(selection), position: [range.after] };
  }
  const { order, after } = range;
  if (!after) return { statement: messageListQueries.firstPage(order, selection), position: [] };
  return {
    statement: messageListQueries.nextPage(order, selection),
    position: [after.timestamp, after.timestamp, after.sequence],
  };
}
