import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { bigInteger, exactText, moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';
import { ChatOwner } from '../owners/chat-owner.entity.js';
import { ownerKey } from '../owners/owner-key.js';

const key = { primaryKeyConstraintName: 'pk_chat_deleted_sessions' };

/** An id that a client chose and whose session was deleted not long ago (docs/adr/0023-late-messages.md). */
@Entity('writeassistdev_chat_deleted_sessions', { comment: tableComment })
export class DeletedSession {
  @PrimaryColumn({ ...moodleId, ...key, name: 'writeassistdevid' })
  activityId!: number;

  @PrimaryColumn({ ...moodleId, ...key, name: 'userid' })
  userId!: number;

  @PrimaryColumn({ ...exactText, ...key, name: 'session_id' })
  sessionId!: string;

  /** UTC milliseconds. */
  @Column({ ...bigInteger, name: 'deleted_at' })
  deletedAt!: number;

  @ManyToOne(() => ChatOwner, { onDelete: 'CASCADE' })
  @JoinColumn(ownerKey('fk_chat_deleted_sessions_owner'))
  owner!: Relation<ChatOwner>;
}
