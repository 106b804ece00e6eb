import type { Owner } from './owner.js';

/** SQL condition on the owner's columns, which every table of chats has; its parameters are `ownerParameters`. */
export const ownerCondition = 'writeassistdevid = ? AND userid = ?';

/**
 * The same for rows that are selected by their ids. With the plus, which changes no value, SQLite cannot choose an index
 * of the owner: without statistics it would, and read all rows of the owner.
 */
export const ownerFilter = '+writeassistdevid = ? AND +userid = ?';

/** The parameters of `ownerCondition` and of `ownerFilter`. */
export function ownerParameters({ activityId, userId }: Owner): [activityId: number, userId: number] {
  return [activityId, userId];
}
