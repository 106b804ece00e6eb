import { Entity, PrimaryColumn } from 'typeorm';
import { moodleId } from '../database/columns.js';
import { ours } from '../database/table-mark.js';

/** A person of the Moodle site, by id only. Deleting the row deletes everything of that person's. */
@Entity('user', { comment: ours })
export class User {
  @PrimaryColumn({ ...moodleId })
  id!: number;
}
