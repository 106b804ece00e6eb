import { Injectable } from '@nestjs/common';
import { isDuplicate } from '../database/driver-errors.js';
import { Sql, type Parameter } from '../database/sql.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import type { Owner } from '../owners/owner.js';
import { ChatMessage } from './chat-message.entity.js';
import { DuplicateClientMessageId } from './message.errors.js';
import { pageContentBytes } from './message.rules.js';
import type { Message, MessageOrder, MessagePosition } from './message.js';

/** A message whose content may have been left out for its size. */
type ListedMessage = Omit<Message, 'content'> & { content: string | null; bytes: number };

const columns = `id, chat_session_id AS sessionId, role, timestamp, sequence,
  client_message_id AS clientMessageId, created_at AS createdAt`;
const inSession = 'writeassistdevid = ? AND userid = ? AND chat_session_id = ?';
// A content is sent along only when it is so small that a page full of such stays within bounds.
const listed = `SELECT ${columns}, OCTET_LENGTH(content) AS bytes,
    CASE WHEN OCTET_LENGTH(content) <= ? THEN content END AS content
  FROM writeassistdev_chat WHERE ${inSession}`;
const order = {
  asc: { after: '>', by: 'ORDER BY timestamp, sequence' },
  desc: { after: '<', by: 'ORDER BY timestamp DESC, sequence DESC' },
};

/** The statements of a page, for the test that reads their plans. */
export const messageQueries = {
  firstPage: (direction: MessageOrder) => `${listed} ${order[direction].by} LIMIT ?`,
  // In this form both engines read a range of the index, from the position on; they do not for a row constructor.
  nextPage: (direction: MessageOrder) => {
    const { after, by } = order[direction];
    return `${listed} AND timestamp ${after}= ? AND (timestamp <> ? OR sequence ${after} ?) ${by} LIMIT ?`;
  },
};

@Injectable()
export class MessagesRepository {
  constructor(
    private readonly sql: Sql,
    private readonly unit: UnitOfWork,
  ) {}

  /** @returns its id. @throws DuplicateClientMessageId */
  async insert(owner: Owner, message: Omit<Message, 'id'>): Promise<number> {
    try {
      const { insertId } = await this.sql.write(
        `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content,
           timestamp, created_at, client_message_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          ...key(owner, message.sessionId),
          message.sequence,
          message.role,
          message.content,
          message.timestamp,
          message.createdAt,
          message.clientMessageId,
        ],
      );
      return insertId;
    } catch (error) {
      if (message.clientMessageId !== null && isDuplicate(error)) throw new DuplicateClientMessageId();
      throw error;
    }
  }

  byClientMessageId({ activityId, userId }: Owner, clientMessageId: string): Promise<Message | undefined> {
    return this.sql.row<Message>(
      `SELECT ${columns}, content FROM writeassistdev_chat
       WHERE writeassistdevid = ? AND userid = ? AND client_message_id = ?`,
      [activityId, userId, clientMessageId],
    );
  }

  byId(owner: Owner, sessionId: string, id: number): Promise<Message | undefined> {
    return this.sql.row<Message>(`SELECT ${columns}, content FROM writeassistdev_chat WHERE ${inSession} AND id = ?`, [
      ...key(owner, sessionId),
      id,
    ]);
  }

  /**
   * Messages in order, after `after`: at most `limit`, and no more than `pageContentBytes` of contents but for the
   * first. Two statements only where a content is large.
   * @returns the messages, and whether there are more
   */
  async page(
    owner: Owner,
    sessionId: string,
    limit: number,
    direction: MessageOrder,
    after: MessagePosition | undefined,
  ): Promise<{ messages: Message[]; more: boolean }> {
    const sentAlong = Math.floor(pageContentBytes / (limit + 1));
    // MySQL 8 refuses a number that is bound to LIMIT by the binary protocol: it takes a string.
    const count = String(limit + 1);
    const start = [sentAlong, ...key(owner, sessionId)];
    const found = await (after
      ? this.sql.rows<ListedMessage>(messageQueries.nextPage(direction), [
          ...start,
          after.timestamp,
          after.timestamp,
          after.sequence,
          count,
        ])
      : this.sql.rows<ListedMessage>(messageQueries.firstPage(direction), [...start, count]));
    const fitting = found.slice(0, fittingCount(found, limit));
    return { messages: await this.withContents(owner, sessionId, fitting), more: fitting.length < found.length };
  }

  async deleteAll({ activityId, userId }: Owner, sessionId: string): Promise<void> {
    await this.unit.manager.delete(ChatMessage, { activityId, userId, sessionId });
  }

  /** Fetches the contents that were left out. A message that was deleted meanwhile drops out. */
  private async withContents(owner: Owner, sessionId: string, listedOnes: ListedMessage[]): Promise<Message[]> {
    const messages: Message[] = [];
    for (const { bytes: _, content, ...message } of listedOnes) {
      if (content !== null) messages.push({ ...message, content });
      else {
        const whole = await this.byId(owner, sessionId, message.id);
        if (whole) messages.push(whole);
      }
    }
    return messages;
  }
}

function fittingCount(found: ListedMessage[], limit: number): number {
  let bytes = 0;
  let count = 0;
  for (const message of found.slice(0, limit)) {
    bytes += message.bytes;
    if (count > 0 && bytes > pageContentBytes) break;
    count++;
  }
  return count;
}

function key({ activityId, userId }: Owner, sessionId: string): Parameter[] {
  return [activityId, userId, sessionId];
}
