import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  Unique,
  type Relation,
} from 'typeorm';
import { bigInteger, exactText, flag, generatedId, moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';
import type { ChatMessage } from '../messages/chat-message.entity.js';
import { ChatOwner } from '../owners/chat-owner.entity.js';
import { ownerKey } from '../owners/owner-key.js';

/** One chat of an owner. Times are UTC milliseconds. */
@Entity('writeassistdev_chat_sessions', { comment: tableComment })
@Unique('unique_session', ['activityId', 'userId', 'sessionId'])
@Index('ix_chat_sessions_created', ['activityId', 'userId', 'createdAt', 'id'])
@Index('ix_chat_sessions_recent', ['activityId', 'userId', 'lastActivityAt', 'id'])
@Index('ix_chat_sessions_title', ['activityId', 'userId', 'titleFolded', 'id'])
export class ChatSession {
  @PrimaryGeneratedColumn({ ...generatedId })
  id!: number;

  @Column({ ...moodleId, name: 'writeassistdevid' })
  activityId!: number;

  @Column({ ...moodleId, name: 'userid' })
  userId!: number;

  /** The public id, unique for its owner. */
  @Column({ ...exactText, name: 'session_id' })
  sessionId!: string;

  @Column({ type: 'varchar', length: 255, default: 'New Chat' })
  title!: string;

  /** The highest sequence of any message ever saved in this session; clearing keeps it. */
  @Column({ ...bigInteger, name: 'last_sequence', default: 0 })
  lastSequence!: number;

  @Column({ ...moodleId, name: 'message_count', default: 0 })
  messageCount!: number;

  /** Contents of its messages in bytes of UTF-8 (docs/adr/0033-quotas.md). */
  @Column({ ...bigInteger, name: 'content_bytes', default: 0 })
  contentBytes!: number;

  /** Set when the session is created and when a message is saved; the order of the list. */
  @Column({ ...bigInteger, name: 'last_activity_at' })
  lastActivityAt!: number;

  @Column({ ...bigInteger, name: 'created_at' })
  createdAt!: number;

  /** Set when the session is created, renamed or cleared, and when a message is saved. */
  @Column({ ...bigInteger, name: 'modified_at' })
  modifiedAt!: number;

  /** `foldTitle` of the title; NULL in a row of an older program. */
  @Column({ type: 'varbinary', length: 2048, name: 'title_folded', nullable: true })
  titleFolded!: Buffer | null;

  /** `default`, `generated` or `user`; NULL in a row of an older program. */
  @Column({ ...exactText, length: 9, name: 'title_source', nullable: true })
  titleSource!: string | null;

  @Column({ ...flag, name: 'pinned' })
  pinned!: number;

  @Column({ ...flag, name: 'archived' })
  archived!: number;

  /** As `metadataText` writes it; NULL for none. */
  @Column({ type: 'text', charset: 'utf8mb4', collation: 'utf8mb4_bin', nullable: true })
  metadata!: string | null;

  /** Counts what clients change, but not what they save on the current branch. */
  @Column({ ...moodleId, default: 1 })
  version!: number;

  /** When it was deleted, in UTC milliseconds: it is in the trash; NULL for others. */
  @Column({ ...bigInteger, name: 'deleted_at', nullable: true })
  deletedAt!: number | null;

  /** Messages with this sequence or a lower one are in the trash, or purged. */
  @Column({ ...bigInteger, name: 'cleared_sequence', default: 0 })
  clearedSequence!: number;

  /** The newest text of its messages (`Preview`); NULL for none. */
  @Column({
    type: 'varchar',
    length: 200,
    charset: 'utf8mb4',
    collation: 'utf8mb4_bin',
    name: 'preview_text',
    nullable: true,
  })
  previewText!: string | null;

  @Column({ ...exactText, length: 9, name: 'preview_role', nullable: true })
  previewRole!: string | null;

  /** The message's timestamp. */
  @Column({ ...bigInteger, name: 'preview_at', nullable: true })
  previewAt!: number | null;

  /** The message's sequence. */
  @Column({ ...bigInteger, name: 'preview_sequence', nullable: true })
  previewSequence!: number | null;

  /** Messages up to this one have been read. */
  @Column({ ...bigInteger, name: 'last_read_sequence', default: 0 })
  lastReadSequence!: number;

  /** Messages after `lastReadSequence`. */
  @Column({ ...moodleId, name: 'unread_count', default: 0 })
  unreadCount!: number;

  /** The last sequence that preview and unread count know; below `lastSequence` when an older program has saved. */
  @Column({ ...bigInteger, name: 'summary_sequence', default: 0 })
  summarySequence!: number;

  @ManyToOne(() => ChatOwner, { onDelete: 'CASCADE' })
  @JoinColumn(ownerKey('fk_chat_sessions_owner'))
  owner!: Relation<ChatOwner>;

  @OneToMany('ChatMessage', 'session')
  messages!: Relation<ChatMessage[]>;
}
