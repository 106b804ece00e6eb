import { Injectable } from '@nestjs/common';
import { foldIfShort } from '../common/fold.js';
import { SqlClient } from '../database/sql/sql-client.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { ownerCondition, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { ChatMessage } from './chat-message.entity.js';
import { MessageChunk } from './message-chunk.entity.js';
import { MessageStream } from './message-stream.entity.js';
import type { Message } from './message.js';

/** What identifies a message in the tables of streams and chunks. */
type MessageKey = Pick<Message, 'sessionId' | 'sequence'>;
/** A message that is written in chunks. `byteCount` has all of its text; `writtenAt` is in UTC milliseconds. */
export type StreamState = Pick<MessageStream, 'byteCount' | 'lease' | 'writtenAt'>;
/** What a row has that has ended. */
export type EndedTexts = Pick<Message, 'content' | 'payload' | 'format' | 'metadata' | 'status'>;

const key = `${ownerCondition} AND chat_session_id = ? AND sequence = ?`;
const streamUpdate = { table: 'writeassistdev_chat_streams', key: 'PRIMARY' };

/** Hand-written, since they run for each chunk. */
export const streamQueries = {
  chunks: `SELECT content FROM writeassistdev_chat_chunks WHERE ${key} ORDER BY byte_offset`,
  insertChunk: `INSERT INTO writeassistdev_chat_chunks
    (writeassistdevid, userid, chat_session_id, sequence, byte_offset, content) VALUES (?, ?, ?, ?, ?, ?)`,
};

/** Messages that are written in chunks (docs/adr/0041-message-model.md). Times are UTC milliseconds. */
@Injectable()
export class MessageStreamsRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Begins to write the message. Inside the transaction that has inserted it. */
  async insert(owner: Owner, { sessionId, sequence }: MessageKey, state: StreamState): Promise<void> {
    await this.transactions.repository(MessageStream).insert({ ...owner, sessionId, sequence, ...state });
  }

  /** Undefined when the message has ended, or was never written in chunks. */
  async find(owner: Owner, { sessionId, sequence }: MessageKey): Promise<StreamState | undefined> {
    const row = await this.transactions.read(MessageStream, (streams) =>
      streams.findOneBy({ ...owner, sessionId, sequence }),
    );
    return row ?? undefined;
  }

  /**
   * Adds a chunk, and renews the lease.
   * @param offset in bytes of UTF-8
   * @returns false when the text has another length, or another client has the lease: nothing was changed
   */
  async append(
    owner: Owner,
    message: MessageKey,
    { lease, offset, text, at }: { lease: string; offset: number; text: string; at: number },
  ): Promise<boolean> {
    const bytes = Buffer.byteLength(text);
    const isNext = await this.sql.updateOne(
      {
        ...streamUpdate,
        set: 'byte_count = byte_count + ?, written_at = ?',
        where: `${key} AND byte_count = ? AND lease = ?`,
      },
      [bytes, at, ...keyParameters(owner, message), offset, lease],
    );
    // An empty one would have the place of the next.
    const hasText = isNext && bytes > 0;
    if (hasText) await this.sql.execute(streamQueries.insertChunk, [...keyParameters(owner, message), offset, text]);
    return isNext;
  }

  /** Renews the lease. @returns false when another client has it */
  renew(owner: Owner, message: MessageKey, lease: string, at: number): Promise<boolean> {
    return this.sql.updateOne({ ...streamUpdate, set: 'written_at = ?', where: `${key} AND lease = ?` }, [
      ...[at, ...keyParameters(owner, message), lease],
    ]);
  }

  /** Replaces the lease. @returns false when it has been renewed or replaced meanwhile */
  takeLease(owner: Owner, message: MessageKey, old: StreamState, lease: string, at: number): Promise<boolean> {
    return this.sql.updateOne(
      { ...streamUpdate, set: 'lease = ?, written_at = ?', where: `${key} AND lease = ? AND written_at = ?` },
      [lease, at, ...keyParameters(owner, message), old.lease, old.writtenAt],
    );
  }

  /** The text of all chunks. */
  async readChunks(owner: Owner, message: MessageKey): Promise<string> {
    const rows = await this.sql.query<{ content: string }>(streamQueries.chunks, keyParameters(owner, message));
    return rows.map(({ content }) => content).join('');
  }

  /** The texts of a message that has ended; undefined when it was deleted. */
  async readEnded(owner: Owner, id: number): Promise<EndedTexts | undefined> {
    const select = { content: true, payload: true, format: true, metadata: true, status: true } as const;
    const row = await this.transactions.read(ChatMessage, (messages) =>
      messages.findOne({ select, where: { ...owner, id } }),
    );
    if (!row) return undefined;
    // The entity has the other columns too, as undefined.
    const { content, payload, format, metadata, status } = row;
    return { content, payload, format, metadata, status };
  }

  /** Writes the whole text into the message's row and removes its chunks. The caller has locked the session. */
  async end(owner: Owner, { sessionId, sequence, id }: Message, end: EndedTexts): Promise<void> {
    const folded = foldIfShort(end.content);
    await this.transactions.repository(ChatMessage).update({ ...owner, id }, { ...end, folded });
    for (const entity of [MessageChunk, MessageStream]) {
      await this.transactions.repository(entity).delete({ ...owner, sessionId, sequence });
    }
  }
}

function keyParameters(owner: Owner, { sessionId, sequence }: MessageKey): [number, number, string, number] {
  return [...ownerParameters(owner), sessionId, sequence];
}
