import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { bigInteger, exactText, generatedId, moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';
import { ChatSession } from '../sessions/chat-session.entity.js';
import type { DeletionKind } from './deletion.js';
import { sessionKey } from '../sessions/session-key.js';

/** A step that has put something into the trash (docs/adr/0045-trash.md). Times are UTC milliseconds. */
@Entity('writeassistdev_chat_deletions', { comment: tableComment })
@Index('ix_chat_deletions_session', ['activityId', 'userId', 'sessionId', 'id'])
@Index('ix_chat_deletions_purge', ['purgeAt'])
export class Deletion {
  @PrimaryGeneratedColumn({ ...generatedId })
  id!: number;

  @Column({ ...moodleId, name: 'writeassistdevid' })
  activityId!: number;

  @Column({ ...moodleId, name: 'userid' })
  userId!: number;

  @Column({ ...exactText, name: 'chat_session_id' })
  sessionId!: string;

  @Column({ ...exactText, length: 7 })
  kind!: DeletionKind;

  /** The deleted messages have a higher sequence. Purging moves it to what is purged. */
  @Column({ ...bigInteger, name: 'from_sequence' })
  fromSequence!: number;

  /** The deleted messages have this sequence or a lower one. */
  @Column({ ...bigInteger, name: 'to_sequence' })
  toSequence!: number;

  /** How many messages it has deleted: without those that had been deleted before. */
  @Column({ ...moodleId, name: 'message_count' })
  messageCount!: number;

  /** Of these messages, in bytes of UTF-8. */
  @Column({ ...bigInteger, name: 'content_bytes' })
  contentBytes!: number;

  @Column({ ...bigInteger, name: 'deleted_at' })
  deletedAt!: number;

  /** From then on it is purged, and not restorable. */
  @Column({ ...bigInteger, name: 'purge_at' })
  purgeAt!: number;

  /** Until then one server purges it, which knows it by this number; 0 before the first has begun. */
  @Column({ ...bigInteger, name: 'claimed_until', default: 0 })
  claimedUntil!: number;

  @ManyToOne(() => ChatSession, { onDelete: 'CASCADE' })
  @JoinColumn(sessionKey('fk_chat_deletions_session'))
  session!: Relation<ChatSession>;
}
