import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { bigInteger, exactText, moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';
import { ChatMessage } from './chat-message.entity.js';
import { messageKey } from './message-key.js';

const key = { primaryKeyConstraintName: 'pk_chat_chunks' };

/** A part of the text of a message that is still written; it follows the message's content and the chunks before it. */
@Entity('writeassistdev_chat_chunks', { comment: tableComment, withoutRowid: true })
export class MessageChunk {
  @PrimaryColumn({ ...moodleId, ...key, name: 'writeassistdevid' })
  activityId!: number;

  @PrimaryColumn({ ...moodleId, ...key, name: 'userid' })
  userId!: number;

  @PrimaryColumn({ ...exactText, ...key, name: 'chat_session_id' })
  sessionId!: string;

  @PrimaryColumn({ ...bigInteger, ...key })
  sequence!: number;

  /** Where it begins in the message's text, in bytes of UTF-8. */
  @PrimaryColumn({ ...bigInteger, ...key, name: 'byte_offset' })
  byteOffset!: number;

  @Column({ type: 'mediumtext' })
  content!: string;

  @ManyToOne(() => ChatMessage, { onDelete: 'CASCADE' })
  @JoinColumn(messageKey('fk_chat_chunks_message'))
  message!: Relation<ChatMessage>;
}
