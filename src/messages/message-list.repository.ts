import { Injectable } from '@nestjs/common';
import { SqlClient, forceIndex, type Parameter } from '../database/sql/sql-client.js';
import { ownerCondition, ownerFilter, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { maxPageContentBytes } from './message-rules.js';
import type { Message, MessageList, MessageOrder, MessageRange } from './message.js';
import { pageLength, pageLengthInJson } from './page-length.js';

/** A row of a list; `content` is null when it is too large for the first statement. Lists of a session have `lastSequence`. */
type ListedMessage = Omit<Message, 'content'> & { content: string | null; bytes: number; lastSequence?: number };
type CompleteMessage = ListedMessage & { content: string };

/** A part of the list of a session. */
interface SessionMessageList extends MessageList {
  /** The session's last sequence at the moment of the page; 0 for an empty page. */
  lastSequence: number;
}

/** The columns of a message, without large contents; the first parameter is the size limit of a content in bytes. */
const columns = `id, chat_session_id AS sessionId, role, timestamp, sequence, client_message_id AS clientMessageId,
  created_at AS createdAt, history_time AS historyPosition, OCTET_LENGTH(content) AS bytes,
  CASE WHEN OCTET_LENGTH(content) <= ? THEN content END AS content`;
const from = (index: string) => `FROM writeassistdev_chat ${forceIndex(index)} WHERE ${ownerCondition}`;
const ofOwner = (index: string) => `SELECT ${columns} ${from(index)}`;
/** The session's last sequence is read by the same statement, so that it is of the same moment as the messages. */
const ofSession = (index: string) => `SELECT ${columns}, (SELECT last_sequence FROM writeassistdev_chat_sessions
  WHERE ${ownerCondition} AND session_id = ?) AS lastSequence ${from(index)} AND chat_session_id = ?`;
const newestFirst = 'ORDER BY history_time DESC LIMIT ?';
const order = {
  asc: { after: '>', by: 'ORDER BY timestamp, sequence' },
  desc: { after: '<', by: 'ORDER BY timestamp DESC, sequence DESC' },
};

/**
 * Hand-written, since a list needs its forced index and a page is bounded in bytes; the plans are tested. With positions
 * in this form both engines read the index from the position on, which they do not for a row constructor.
 */
export const messageListQueries = {
  firstPage: (direction: MessageOrder) => `${ofSession('ix_chat_order')} ${order[direction].by} LIMIT ?`,
  nextPage: (direction: MessageOrder) => {
    const { after, by } = order[direction];
    const position = `timestamp ${after}= ? AND (timestamp <> ? OR sequence ${after} ?)`;
    return `${ofSession('ix_chat_order')} AND ${position} ${by} LIMIT ?`;
  },
  afterSequence: `${ofSession('unique_chat_sequence')} AND sequence > ? ORDER BY sequence LIMIT ?`,
  history: `${ofOwner('unique_chat_history')} AND history_time < ? ${newestFirst}`,
  historyOfSession: `${ofOwner('ix_chat_session_history')} AND chat_session_id = ? AND history_time < ? ${newestFirst}`,
};

const contentsPerQuery = 16;
/** The plan is tested. */
export const selectContents = `SELECT id, content FROM writeassistdev_chat
  WHERE ${ownerFilter} AND id IN (${Array(contentsPerQuery).fill('?').join(', ')})`;

/**
 * Pages of messages. A page has at most `limit` messages, and at most `maxPageContentBytes` of contents, also as JSON, or
 * one message.
 */
@Injectable()
export class MessageListRepository {
  constructor(private readonly sql: SqlClient) {}

  /** The first `limit` messages of this range. */
  async findPage(owner: Owner, sessionId: string, limit: number, range: MessageRange): Promise<SessionMessageList> {
    const { statement, position } = queryOf(range);
    const session = [...ownerParameters(owner), sessionId];
    const parameters = [...session, ...session, ...position];
    const rows = await this.query(statement, parameters, limit);
    return { ...(await this.toList(owner, rows, limit)), lastSequence: rows[0]?.lastSequence ?? 0 };
  }

  /** Messages of one session, or of all, by descending history position below `before`. */
  async findHistory(owner: Owner, limit: number, before: number, sessionId: string | undefined): Promise<MessageList> {
    const statement = messageListQueries[sessionId === undefined ? 'history' : 'historyOfSession'];
    const session = sessionId === undefined ? [] : [sessionId];
    const parameters = [...ownerParameters(owner), ...session, before];
    return this.toList(owner, await this.query(statement, parameters, limit), limit);
  }

  /** Reads one row more than a page has, with the contents up to a size of which a full page stays within its bytes. */
  private query(statement: string, parameters: Parameter[], limit: number): Promise<ListedMessage[]> {
    const inlineLimit = Math.floor(maxPageContentBytes / (limit + 1));
    // MySQL 8 refuses a number bound to LIMIT in the binary protocol, and accepts a string.
    return this.sql.query<ListedMessage>(statement, [inlineLimit, ...parameters, String(limit + 1)]);
  }

  /** Adds the larger contents. */
  private async toList(owner: Owner, rows: ListedMessage[], limit: number): Promise<MessageList> {
    const sizes = rows.slice(0, limit).map(({ bytes }) => bytes);
    const candidates = rows.slice(0, pageLength(sizes));
    const largeContents = await this.findLargeContents(owner, candidates);
    // A message that was deleted between the two statements is left out.
    for (const row of candidates) row.content ??= largeContents.get(row.id) ?? null;
    const found = candidates.filter(hasContent);
    const page = found.slice(0, await pageLengthInJson(found));
    return { messages: page.map(toMessage), more: candidates.length < rows.length || page.length < found.length };
  }

  private async findLargeContents(owner: Owner, page: ListedMessage[]): Promise<Map<number, string>> {
    const contents = new Map<number, string>();
    const ids = page.filter(({ content }) => content === null).map(({ id }) => id);
    for (let start = 0; start < ids.length; start += contentsPerQuery) {
      // Always the same number of parameters, so that the statement is prepared once.
      const batch = Array.from({ length: contentsPerQuery }, (_, index) => ids[start + index] ?? null);
      const rows = await this.sql.query<{ id: number; content: string }>(selectContents, [
        ...ownerParameters(owner),
        ...batch,
      ]);
      for (const { id, content } of rows) contents.set(id, content);
    }
    return contents;
  }
}

function hasContent(row: ListedMessage): row is CompleteMessage {
  return row.content !== null;
}

/** Without a spread, which takes longer than the rest (docs/adr/0036-cpu-of-a-request.md). */
function toMessage(row: CompleteMessage): Message {
  const { id, sessionId, role, content, timestamp, sequence, clientMessageId, createdAt, historyPosition } = row;
  return { id, sessionId, role, content, timestamp, sequence, clientMessageId, createdAt, historyPosition };
}

function queryOf(range: MessageRange): { statement: string; position: number[] } {
  if (range.by === 'sequence') return { statement: messageListQueries.afterSequence, position: [range.after] };
  const { order, after } = range;
  if (!after) return { statement: messageListQueries.firstPage(order), position: [] };
  return {
    statement: messageListQueries.nextPage(order),
    position: [after.timestamp, after.timestamp, after.sequence],
  };
}
