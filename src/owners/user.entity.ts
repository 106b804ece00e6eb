import { Entity, PrimaryColumn } from 'typeorm';
import { moodleId } from '../database/column-types.js';
import { tableComment } from '../database/migrations/table-comment.js';

/** A user of the Moodle site, by id only. Deleting the row deletes all chats of the user. */
@Entity('user', { comment: tableComment })
export class User {
  @PrimaryColumn({ ...moodleId })
  id!: number;
}
