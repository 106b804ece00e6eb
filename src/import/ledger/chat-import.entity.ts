import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigInteger, exactText, moodleId } from '../../database/column-types.js';
import { tableComment } from '../../database/migrations/table-comment.js';

const key = { primaryKeyConstraintName: 'pk_chat_imports' };

/**
 * The import ledger: one row of another system that has come over, written in the transaction that brought it. What is
 * noted here never comes again, also after it was deleted here. Holds numbers and ids, and no texts of people.
 */
@Entity('writeassistdev_chat_imports', { comment: tableComment })
export class ChatImport {
  @PrimaryColumn({ ...moodleId, ...key, name: 'writeassistdevid' })
  activityId!: number;

  @PrimaryColumn({ ...moodleId, ...key, name: 'userid' })
  userId!: number;

  /** The site, and the plugin there. */
  @PrimaryColumn({ ...exactText, ...key })
  source!: string;

  /** The table there, without its prefix. */
  @PrimaryColumn({ ...exactText, ...key, name: 'source_table' })
  sourceTable!: string;

  /** The row's id there, or a hash where what has come has no id of its own. */
  @PrimaryColumn({ ...bigInteger, ...key, name: 'row_id' })
  rowId!: number;

  /** The session that it went to or has become; null where the same message has come from another table. */
  @Column({ ...exactText, name: 'session_id', nullable: true })
  sessionId!: string | null;

  /** The message's number in that session; null for a session. */
  @Column({ ...bigInteger, nullable: true })
  sequence!: number | null;

  /** The message's id, which is never given again: a session that is made anew counts its messages from 1 again. */
  @Column({ ...bigInteger, name: 'message_id', nullable: true })
  messageId!: number | null;

  /** UTC milliseconds. */
  @Column({ ...bigInteger, name: 'imported_at' })
  importedAt!: number;
}
