import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigInteger, exactText, moodleId } from '../../database/column-types.js';
import { tableComment } from '../../database/migrations/table-comment.js';

const key = { primaryKeyConstraintName: 'pk_chat_import_differences' };
const digest = { ...exactText, length: 64, nullable: true };

/**
 * An acknowledged difference between a row of another system and what was imported of it: the verification passes over
 * it as long as both sides stay as they are. Contains ids and digests, no texts.
 */
@Entity('writeassistdev_chat_import_differences', { comment: tableComment })
export class ImportDifference {
  @PrimaryColumn({ ...moodleId, ...key, name: 'writeassistdevid' })
  activityId!: number;

  @PrimaryColumn({ ...moodleId, ...key, name: 'userid' })
  userId!: number;

  /** The site and the name of its plugin; ends with ` pending` until all differences of an `--acknowledge` are saved. */
  @PrimaryColumn({ ...exactText, ...key })
  source!: string;

  /** The table in the source, without its prefix; `here` for a message that only this store has. */
  @PrimaryColumn({ ...exactText, ...key, name: 'source_table' })
  sourceTable!: string;

  /** The row's id in the ledger, or the id of the message that only this store has. */
  @PrimaryColumn({ ...bigInteger, ...key, name: 'row_id' })
  rowId!: number;

  /** SHA-256 over role, time and content in the source; null when the source does not have it. */
  @Column({ ...digest, name: 'source_digest' })
  sourceDigest!: string | null;

  /** The same of this store. */
  @Column({ ...digest, name: 'target_digest' })
  targetDigest!: string | null;

  /** UTC milliseconds. */
  @Column({ ...bigInteger, name: 'acknowledged_at' })
  acknowledgedAt!: number;
}
