import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigInteger, exactText, moodleId } from '../../database/column-types.js';
import { tableComment } from '../../database/migrations/table-comment.js';

const key = { primaryKeyConstraintName: 'pk_chat_imports' };

/**
 * An entry of the import ledger: a row of another system that was imported, written in the same transaction as the row.
 * A recorded row is never imported again, also when it was deleted in this store. Contains ids and numbers, no texts.
 */
@Entity('writeassistdev_chat_imports', { comment: tableComment })
export class ChatImport {
  @PrimaryColumn({ ...moodleId, ...key, name: 'writeassistdevid' })
  activityId!: number;

  @PrimaryColumn({ ...moodleId, ...key, name: 'userid' })
  userId!: number;

  /** The site and the name of its plugin. */
  @PrimaryColumn({ ...exactText, ...key })
  source!: string;

  /** The table in the source, without its prefix. */
  @PrimaryColumn({ ...exactText, ...key, name: 'source_table' })
  sourceTable!: string;

  /** The row's id in the source, or a hash if it has no id of its own. */
  @PrimaryColumn({ ...bigInteger, ...key, name: 'row_id' })
  rowId!: number;

  /** The session that it became, or that its message is in; null if it was skipped as a duplicate of another table's row. */
  @Column({ ...exactText, name: 'session_id', nullable: true })
  sessionId!: string | null;

  /** The message's sequence in that session; null for a session. */
  @Column({ ...bigInteger, nullable: true })
  sequence!: number | null;

  /** The message's id. Ids are never reused, while sequences are: a session that is recreated starts again at 1. */
  @Column({ ...bigInteger, name: 'message_id', nullable: true })
  messageId!: number | null;

  /** UTC milliseconds. */
  @Column({ ...bigInteger, name: 'imported_at' })
  importedAt!: number;
}
