import { Injectable } from '@nestjs/common';
import { isDuplicate } from '../database/transactions/driver-errors.js';
import { SqlClient, forceIndex, type Parameter } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { ChatMessage } from './chat-message.entity.js';
import { DuplicateClientMessageIdError } from './message.errors.js';
import { selectMessages, messageColumns, queryMessages, type MessageList } from './message-list.js';
import type { Message, MessageOrder, MessagePosition } from './message.js';

/** A message that has no row yet. */
type Unsaved = Omit<Message, 'id' | 'historyPosition'>;

const inSession = 'writeassistdevid = ? AND userid = ? AND chat_session_id = ?';
const inOrder = `${selectMessages('ix_chat_order')} AND chat_session_id = ?`;
const newestFirst = 'ORDER BY history_time DESC LIMIT ?';
const order = {
  asc: { after: '>', by: 'ORDER BY timestamp, sequence' },
  desc: { after: '<', by: 'ORDER BY timestamp DESC, sequence DESC' },
};
/** How often a place in the history is looked for when others take the same one. More often, it is another key that refuses the row. */
const maxAttempts = 50;
/** How many neighbours of a place are looked at at once for a free one. */
const positionsPerQuery = 1000;

/** The statements of a page, for the test that reads their plans. */
export const messageQueries = {
  firstPage: (direction: MessageOrder) => `${inOrder} ${order[direction].by} LIMIT ?`,
  // In this form both engines read a range of the index, from the position on; they do not for a row constructor.
  nextPage: (direction: MessageOrder) => {
    const { after, by } = order[direction];
    return `${inOrder} AND timestamp ${after}= ? AND (timestamp <> ? OR sequence ${after} ?) ${by} LIMIT ?`;
  },
  history: `${selectMessages('unique_chat_history')} AND history_time < ? ${newestFirst}`,
  historyOfSession: `${selectMessages('ix_chat_session_history')} AND chat_session_id = ? AND history_time < ? ${newestFirst}`,
  predecessor: `SELECT history_time AS time FROM writeassistdev_chat ${forceIndex('ix_chat_order')}
    WHERE ${inSession} AND timestamp <= ? ORDER BY timestamp DESC, sequence DESC LIMIT 1`,
  neighbours: `SELECT history_time AS time FROM writeassistdev_chat ${forceIndex('unique_chat_history')}
    WHERE writeassistdevid = ? AND userid = ? AND history_time >= ? ORDER BY history_time LIMIT ${positionsPerQuery}`,
};

@Injectable()
export class MessagesRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Saves the message at its place in the owner's history: its timestamp or, where another message is, the first free
   * millisecond after it.
   * @throws DuplicateClientMessageId
   */
  async insert(owner: Owner, message: Unsaved): Promise<Message> {
    let historyPosition = message.timestamp;
    for (let attempt = 1; ; attempt++) {
      try {
        return { ...message, historyPosition, id: await this.insertAt(owner, message, historyPosition) };
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        // Which of the two keys has refused the row, only a driver's words would tell.
        const { clientMessageId } = message;
        if (clientMessageId !== null && (await this.findByClientMessageId(owner, clientMessageId))) {
          throw new DuplicateClientMessageIdError();
        }
        if (attempt === maxAttempts) throw error;
        historyPosition = await this.nextFreePosition(owner, message);
      }
    }
  }

  findByClientMessageId({ activityId, userId }: Owner, clientMessageId: string): Promise<Message | undefined> {
    return this.sql.queryOne<Message>(
      `SELECT ${messageColumns}, content FROM writeassistdev_chat
       WHERE writeassistdevid = ? AND userid = ? AND client_message_id = ?`,
      [activityId, userId, clientMessageId],
    );
  }

  findById({ activityId, userId }: Owner, sessionId: string, id: number): Promise<Message | undefined> {
    return this.sql.queryOne<Message>(
      `SELECT ${messageColumns}, content FROM writeassistdev_chat WHERE ${inSession} AND id = ?`,
      [activityId, userId, sessionId, id],
    );
  }

  /** Messages of a session in order, after `after`. */
  findPage(
    owner: Owner,
    sessionId: string,
    limit: number,
    direction: MessageOrder,
    after: MessagePosition | undefined,
  ): Promise<MessageList> {
    if (!after) return queryMessages(this.sql, owner, messageQueries.firstPage(direction), [sessionId], limit);
    const { timestamp, sequence } = after;
    const position = [sessionId, timestamp, timestamp, sequence];
    return queryMessages(this.sql, owner, messageQueries.nextPage(direction), position, limit);
  }

  /** Messages of all sessions, or of one, newest first, before a place in the history. */
  findHistory(owner: Owner, limit: number, before: number, sessionId: string | undefined): Promise<MessageList> {
    return sessionId === undefined
      ? queryMessages(this.sql, owner, messageQueries.history, [before], limit)
      : queryMessages(this.sql, owner, messageQueries.historyOfSession, [sessionId, before], limit);
  }

  async deleteAll({ activityId, userId }: Owner, sessionId: string): Promise<void> {
    await this.transactions.manager.delete(ChatMessage, { activityId, userId, sessionId });
  }

  /** @returns the id. A row that a key refuses undoes this statement alone, on both engines. */
  private async insertAt({ activityId, userId }: Owner, message: Unsaved, historyPosition: number): Promise<number> {
    const values: Parameter[] = [
      ...[activityId, userId, message.sessionId, message.sequence, message.role, message.content],
      ...[message.timestamp, message.createdAt, message.clientMessageId, historyPosition],
    ];
    const { insertId } = await this.sql.execute(
      `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content,
         timestamp, created_at, client_message_id, history_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      values,
    );
    return insertId;
  }

  /** The first one from the timestamp on, and after the message's predecessor in its session: an answer follows its question. */
  private async nextFreePosition({ activityId, userId }: Owner, { sessionId, timestamp }: Unsaved): Promise<number> {
    const owner = [activityId, userId];
    const before = await this.sql.queryOne<{ time: number }>(messageQueries.predecessor, [
      ...owner,
      sessionId,
      timestamp,
    ]);
    let free = Math.max(timestamp, (before?.time ?? 0) + 1);
    for (;;) {
      const rows = await this.sql.query<{ time: number }>(messageQueries.neighbours, [...owner, free]);
      const start = free;
      for (const { time } of rows) if (time === free) free++;
      // The neighbours were all taken, and there are more: look on behind them.
      if (rows.length < positionsPerQuery || free < start + positionsPerQuery) return free;
    }
  }
}
