import { Column, Entity, PrimaryColumn } from 'typeorm';
import { moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';

/** One instance of the AI Writing Assistant in a course. Deleting the row deletes all its chats. */
@Entity('writeassistdev', { comment: tableComment })
export class Activity {
  @PrimaryColumn({ ...moodleId })
  id!: number;

  /** Moodle's course module id of the activity; null when unknown. */
  @Column({ ...moodleId, nullable: true })
  cmid!: number | null;

  /** The name shown in the course; null when unknown. */
  @Column({ type: 'varchar', length: 255, nullable: true })
  name!: string | null;
}
