import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { exactText, moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';
import { Activity } from './activity.entity.js';
import { User } from './user.entity.js';

/** One user in one activity. Its row is locked first by every transaction that inserts or deletes sessions of the owner. */
@Entity('writeassistdev_chat_owners', { comment: tableComment })
@Index('ix_chat_owners_user', ['userId'])
export class ChatOwner {
  @PrimaryColumn({ ...moodleId, name: 'writeassistdevid', primaryKeyConstraintName: 'pk_chat_owners' })
  activityId!: number;

  @PrimaryColumn({ ...moodleId, name: 'userid', primaryKeyConstraintName: 'pk_chat_owners' })
  userId!: number;

  /** Id of the active session; no session is active when it is null or names a deleted one (docs/adr/0004-active-session.md). */
  @Column({ ...exactText, name: 'active_session_id', nullable: true })
  activeSessionId!: string | null;

  @ManyToOne(() => Activity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'writeassistdevid', foreignKeyConstraintName: 'fk_chat_owners_activity' })
  activity!: Relation<Activity>;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'userid', foreignKeyConstraintName: 'fk_chat_owners_user' })
  user!: Relation<User>;
}
