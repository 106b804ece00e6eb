import { Entity, PrimaryColumn } from 'typeorm';
import { moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';

/** A person of the Moodle site, by id only. Deleting the row deletes everything of that person's. */
@Entity('user', { comment: tableComment })
export class User {
  @PrimaryColumn({ ...moodleId })
  id!: number;
}
