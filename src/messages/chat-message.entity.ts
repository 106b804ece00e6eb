import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, Unique, type Relation } from 'typeorm';
import { bigInteger, exactText, foldedText, generatedId, moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';
import { ChatSession } from '../sessions/chat-session.entity.js';
import { roles, type Role, type MessageStatus } from './message-rules.js';
import { sessionKey } from '../sessions/session-key.js';

/** One turn of a chat; it changes only while it is written in chunks. Times are UTC milliseconds. */
@Entity('writeassistdev_chat', { comment: tableComment })
@Unique('unique_chat_sequence', ['activityId', 'userId', 'sessionId', 'sequence'])
@Unique('unique_chat_client_message', ['activityId', 'userId', 'clientMessageId'])
@Index('unique_chat_history', ['activityId', 'userId', 'historyPosition'], { unique: true })
@Index('ix_chat_session_history', ['activityId', 'userId', 'sessionId', 'historyPosition'])
@Index('ix_chat_order', ['activityId', 'userId', 'sessionId', 'timestamp', 'sequence'])
export class ChatMessage {
  @PrimaryGeneratedColumn({ ...generatedId })
  id!: number;

  @Column({ ...moodleId, name: 'writeassistdevid' })
  activityId!: number;

  @Column({ ...moodleId, name: 'userid' })
  userId!: number;

  @Column({ ...exactText, name: 'chat_session_id' })
  sessionId!: string;

  /** 1, 2, 3, ... within the session in the order of saving; never reused. */
  @Column({ ...bigInteger })
  sequence!: number;

  @Column({ type: 'simple-enum', enum: roles })
  role!: Role;

  @Column({ type: 'mediumtext' })
  content!: string;

  /** The content as a search compares it. */
  @Column({ ...foldedText })
  folded!: Buffer | null;

  /** When the message was written, from the client or set by the server (docs/adr/0019-order.md); the order of the session. */
  @Column({ ...bigInteger })
  timestamp!: number;

  /** The position in the owner's history: the timestamp, or the first free millisecond after it. */
  @Column({ ...bigInteger, name: 'history_time' })
  historyPosition!: number;

  /** When the server saved it. */
  @Column({ ...bigInteger, name: 'created_at' })
  createdAt!: number;

  /** Idempotency key from the client, unique for the owner. */
  @Column({ ...exactText, name: 'client_message_id', length: 255, nullable: true })
  clientMessageId!: string | null;

  /** The name of the payload's format. */
  @Column({ ...exactText, length: 64, nullable: true })
  format!: string | null;

  /** A list or an object in JSON, as the client sent it. */
  @Column({ type: 'mediumtext', nullable: true })
  payload!: string | null;

  /** A flat object in JSON, as the client sent it. */
  @Column({ type: 'text', nullable: true })
  metadata!: string | null;

  /** Of what was sent first, for a message that has been written in chunks. */
  @Column({ ...exactText, name: 'request_sha256', length: 64, nullable: true })
  requestSha256!: string | null;

  @Column({ ...exactText, length: 11, default: 'complete' })
  status!: MessageStatus;

  /** The message that it follows; 0 for none, NULL in a row of an older program for the one that was saved before it. */
  @Column({ ...bigInteger, name: 'parent_id', nullable: true })
  parentId!: number | null;

  /** The message of which it is another version. */
  @Column({ ...bigInteger, name: 'revision_of', nullable: true })
  revisionOf!: number | null;

  /** 1 on the current branch of the session, else NULL. */
  @Column({ type: 'tinyint', name: 'on_branch', nullable: true, default: 1 })
  onBranch!: number | null;

  /** The deletion that has put this message, and not its whole session, into the trash; NULL for others. */
  @Column({ ...bigInteger, name: 'deletion_id', nullable: true })
  deletionId!: number | null;

  @ManyToOne(() => ChatSession, 'messages', { onDelete: 'CASCADE' })
  @JoinColumn(sessionKey('fk_chat_session'))
  session!: Relation<ChatSession>;
}
