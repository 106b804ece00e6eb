import type { Owner } from './owner.js';

/** SQL condition on the owner's columns, which every table of chats has; its parameters are `ownerParameters`. */
export const ownerCondition = 'writeassistdevid = ? AND userid = ?';

/** The parameters of `ownerCondition`. */
export function ownerParameters({ activityId, userId }: Owner): [activityId: number, userId: number] {
  return [activityId, userId];
}
