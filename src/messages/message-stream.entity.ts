import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { bigInteger, exactText, moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';
import { ChatMessage } from './chat-message.entity.js';
import { messageKey } from './message-key.js';

const key = { primaryKeyConstraintName: 'pk_chat_streams' };

/** A message that is still written, in chunks; the row is deleted when it ends. Times are UTC milliseconds. */
@Entity('writeassistdev_chat_streams', { comment: tableComment, withoutRowid: true })
export class MessageStream {
  @PrimaryColumn({ ...moodleId, ...key, name: 'writeassistdevid' })
  activityId!: number;

  @PrimaryColumn({ ...moodleId, ...key, name: 'userid' })
  userId!: number;

  @PrimaryColumn({ ...exactText, ...key, name: 'chat_session_id' })
  sessionId!: string;

  @PrimaryColumn({ ...bigInteger, ...key })
  sequence!: number;

  /** Of the message's content and its chunks, in UTF-8. */
  @Column({ ...bigInteger, name: 'byte_count' })
  byteCount!: number;

  /** Known to the client that writes. */
  @Column({ ...exactText, length: 32 })
  lease!: string;

  @Column({ ...bigInteger, name: 'written_at' })
  writtenAt!: number;

  @ManyToOne(() => ChatMessage, { onDelete: 'CASCADE' })
  @JoinColumn(messageKey('fk_chat_streams_message'))
  message!: Relation<ChatMessage>;
}
