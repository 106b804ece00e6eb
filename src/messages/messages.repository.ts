import { Injectable } from '@nestjs/common';
import { isDuplicate } from '../database/transactions/driver-errors.js';
import { SqlClient, forceIndex } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerCondition, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { ChatMessage } from './chat-message.entity.js';
import { DuplicateClientMessageIdError } from './message.errors.js';
import type { Message } from './message.js';

/** A message before its row is inserted. */
type UnsavedMessage = Omit<Message, 'id' | 'historyPosition'>;

/** Refusals of a history position that is free afterwards; beyond that another unique key refuses the row. */
const maxUnexplainedRefusals = 10;
/** History positions that one statement checks. */
const positionsPerQuery = 1000;

/** Hand-written, since MariaDB reads the range in order only with the forced index; the plans are tested. */
export const historyPositionQueries = {
  predecessor: `SELECT history_time AS position FROM writeassistdev_chat ${forceIndex('ix_chat_order')}
    WHERE ${ownerCondition} AND chat_session_id = ? AND timestamp <= ? ORDER BY timestamp DESC, sequence DESC LIMIT 1`,
  neighbours: `SELECT history_time AS position FROM writeassistdev_chat ${forceIndex('unique_chat_history')}
    WHERE ${ownerCondition} AND history_time >= ? ORDER BY history_time LIMIT ${positionsPerQuery}`,
};
// Hand-written, since saving is the hot path: TypeORM does not send prepared statements.
const insertMessage = `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content,
  timestamp, created_at, client_message_id, history_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Single messages. Every method is limited to the owner. */
@Injectable()
export class MessagesRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Inserts the message. Its history position is its timestamp or, when another message has that, the first free
   * millisecond after it (docs/adr/0009-history.md).
   * @throws DuplicateClientMessageIdError
   */
  async insert(owner: Owner, message: UnsavedMessage): Promise<Message> {
    let historyPosition = message.timestamp;
    let unexplained = 0;
    for (;;) {
      try {
        return { ...message, historyPosition, id: await this.insertAt(owner, message, historyPosition) };
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        // Only the text of the driver's error would tell which unique key has refused the row.
        const { clientMessageId } = message;
        if (clientMessageId !== null && (await this.findByClientMessageId(owner, clientMessageId))) {
          throw new DuplicateClientMessageIdError();
        }
        const next = await this.nextFreePosition(owner, message);
        // A later position means that another message has been saved meanwhile: this may happen any number of times.
        if (next <= historyPosition && ++unexplained === maxUnexplainedRefusals) throw error;
        historyPosition = next;
      }
    }
  }

  async findByClientMessageId(owner: Owner, clientMessageId: string): Promise<Message | undefined> {
    const row = await this.transactions.read(ChatMessage, (messages) =>
      messages.findOneBy({ ...owner, clientMessageId }),
    );
    return row ? toMessage(row) : undefined;
  }

  async findById(owner: Owner, sessionId: string, id: number): Promise<Message | undefined> {
    const row = await this.transactions.read(ChatMessage, (messages) =>
      messages.findOneBy({ ...owner, sessionId, id }),
    );
    return row ? toMessage(row) : undefined;
  }

  /** Deletes all messages of the session. Inside the transaction that has locked it. */
  async deleteAll(owner: Owner, sessionId: string): Promise<void> {
    await this.transactions.repository(ChatMessage).delete({ ...owner, sessionId });
  }

  /**
   * A refused row rolls back this statement only, on both engines: the transaction continues.
   * @returns the id of the row
   */
  private async insertAt(owner: Owner, message: UnsavedMessage, historyPosition: number): Promise<number> {
    const { sessionId, sequence, role, content, timestamp, createdAt, clientMessageId } = message;
    const { insertId } = await this.sql.execute(insertMessage, [
      ...ownerParameters(owner),
      ...[sessionId, sequence, role, content, timestamp, createdAt, clientMessageId, historyPosition],
    ]);
    return insertId;
  }

  /** The first free position from the timestamp on that is after the position of the message's predecessor in its session. */
  private async nextFreePosition(owner: Owner, { sessionId, timestamp }: UnsavedMessage): Promise<number> {
    const predecessor = await this.sql.queryOne<{ position: number }>(historyPositionQueries.predecessor, [
      ...ownerParameters(owner),
      sessionId,
      timestamp,
    ]);
    let free = Math.max(timestamp, (predecessor?.position ?? 0) + 1);
    for (;;) {
      const start = free;
      const taken = await this.sql.query<{ position: number }>(historyPositionQueries.neighbours, [
        ...ownerParameters(owner),
        start,
      ]);
      for (const { position } of taken) if (position === free) free++;
      // A full result without a gap: continue after it.
      if (taken.length < positionsPerQuery || free < start + positionsPerQuery) return free;
    }
  }
}

function toMessage({ activityId: _activityId, userId: _userId, session: _session, ...message }: ChatMessage): Message {
  return message;
}
