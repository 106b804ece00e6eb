import { Column, Entity, PrimaryColumn } from 'typeorm';
import { moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';

/** One AI Writing Assistant placed in a course. Deleting the row deletes all chats in it. */
@Entity('writeassistdev', { comment: tableComment })
export class Activity {
  @PrimaryColumn({ ...moodleId })
  id!: number;

  /** Moodle's course module id, its other name for the activity; null while nobody has told it. */
  @Column({ ...moodleId, nullable: true })
  cmid!: number | null;

  /** As its course shows it; null while nobody has told it. */
  @Column({ type: 'varchar', length: 255, nullable: true })
  name!: string | null;
}
