import { Injectable } from '@nestjs/common';
import { SqlClient } from '../database/sql/sql-client.js';
import { ownerFilter, ownerParameters } from '../owners/owner-columns.js';
import type { Owner } from '../owners/owner.js';
import { MessageStreamsRepository, type EndedTexts, type StreamState } from './message-streams.repository.js';
import type { Message } from './message.js';
import { StreamLimits } from './stream-limits.js';

/** A row of a list. Lists of a session have `lastSequence`. */
export interface ListedMessage extends Omit<Message, 'content'> {
  /** Null when the texts are too large for the first statement; the payload is null then, too. */
  content: string | null;
  /** Of its content, payload and metadata, as the row has them. */
  bytes: number;
  /** Of a message that is still written: its bytes with all chunks; null for others. */
  streamBytes: number | null;
  /** When its last chunk was written, in UTC milliseconds; null for others. */
  writtenAt: number | null;
  lastSequence?: number;
}

type Texts = Pick<Message, 'id' | 'content' | 'payload'>;
type WrittenRow = Pick<Message, 'id' | 'sessionId' | 'sequence' | keyof EndedTexts>;
type StreamTime = Pick<StreamState, 'byteCount' | 'writtenAt'>;

/** What a row occupies. */
export const storedBytesColumn = `(OCTET_LENGTH(content) + COALESCE(OCTET_LENGTH(payload), 0)
  + COALESCE(OCTET_LENGTH(metadata), 0))`;

/** Read for messages that are still written only. */
const ofStream = (column: string) => `CASE WHEN status = 'in_progress' THEN (SELECT s.${column}
  FROM writeassistdev_chat_streams s WHERE s.writeassistdevid = writeassistdev_chat.writeassistdevid
    AND s.userid = writeassistdev_chat.userid AND s.chat_session_id = writeassistdev_chat.chat_session_id
    AND s.sequence = writeassistdev_chat.sequence) END`;
export const streamColumns = `${ofStream('byte_count')} AS streamBytes, ${ofStream('written_at')} AS writtenAt`;

const textsPerQuery = 16;
/** The plan is tested. */
export const selectTexts = `SELECT id, content, payload FROM writeassistdev_chat
  WHERE ${ownerFilter} AND id IN (${Array(textsPerQuery).fill('?').join(', ')})`;

/** The texts of messages that a list does not read with its rows. */
@Injectable()
export class MessageTextsRepository {
  constructor(
    private readonly sql: SqlClient,
    private readonly streams: MessageStreamsRepository,
    private readonly limits: StreamLimits,
  ) {}

  /** Sets the larger texts and those that are still written. The content of a deleted message stays null. */
  async complete(owner: Owner, page: ListedMessage[]): Promise<void> {
    await this.addLargeTexts(owner, page);
    for (const row of page) if (row.status === 'in_progress') await this.addChunks(owner, row);
  }

  private async addLargeTexts(owner: Owner, page: ListedMessage[]): Promise<void> {
    const large = page.filter(({ content }) => content === null);
    for (let start = 0; start < large.length; start += textsPerQuery) {
      // Always the same number of parameters, so that the statement is prepared once.
      const ids = Array.from({ length: textsPerQuery }, (_, index) => large[start + index]?.id ?? null);
      const found = await this.sql.query<Texts>(selectTexts, [...ownerParameters(owner), ...ids]);
      const texts = new Map(found.map((row) => [row.id, row]));
      for (const row of large.slice(start, start + textsPerQuery)) {
        row.content = texts.get(row.id)?.content ?? null;
        row.payload = texts.get(row.id)?.payload ?? null;
      }
    }
  }

  /**
   * The texts of a message whose row says `in_progress`, with what has been written since it was created.
   * @param state as it was when the row was read; undefined when nobody writes it
   * @returns undefined when the message was deleted meanwhile
   */
  async readWritten(owner: Owner, row: WrittenRow, state: StreamTime | undefined): Promise<EndedTexts | undefined> {
    if (state) {
      const content = row.content + (await this.streams.readChunks(owner, row));
      const { payload, format, metadata } = row;
      const status = this.limits.statusOf(state.writtenAt);
      if (Buffer.byteLength(content) >= state.byteCount) return { content, payload, format, metadata, status };
    }
    // It has ended since its row was read, which has the whole text now.
    const ended = await this.streams.readEnded(owner, row.id);
    return ended?.status === 'in_progress' ? { ...ended, status: 'incomplete' } : ended;
  }

  private async addChunks(owner: Owner, row: ListedMessage): Promise<void> {
    const { content, streamBytes, writtenAt } = row;
    if (content === null) return;
    const state = streamBytes === null || writtenAt === null ? undefined : { byteCount: streamBytes, writtenAt };
    const written = await this.readWritten(owner, { ...row, content }, state);
    if (written) Object.assign(row, written);
    else row.content = null;
  }
}
