import type { Owner } from '../../owners/owner.js';
import type { ImportFilter } from './plugin-types.js';

/** Page size for reading owners. */
export const ownersPerQuery = 500;

/** SQL fragments for reading a table of the plugin owner by owner, in the order (userid, activity). */
export class OwnerQuery {
  readonly columns: string;
  readonly order: string;
  /** Matches one owner; parameters: user id, activity id. */
  readonly isOwner: string;
  /** Matches the owners after one; parameters: `afterParameters`. */
  readonly isAfter: string;
  /** Restricts rows to the filter's user and activity: empty, or begins with AND. */
  readonly filter: string;

  constructor(activityColumn: string, { userId, activityId }: ImportFilter) {
    this.columns = `userid AS userId, ${activityColumn} AS activityId`;
    this.order = `userid, ${activityColumn}`;
    this.isOwner = `userid = ? AND ${activityColumn} = ?`;
    this.isAfter = `(userid > ? OR (userid = ? AND ${activityColumn} > ?))`;
    const userFilter = userId === undefined ? '' : ` AND userid = ${userId}`;
    this.filter = activityId === undefined ? userFilter : `${userFilter} AND ${activityColumn} = ${activityId}`;
  }

  /** @param owner undefined: before the first one; ids of the source may be negative */
  static afterParameters(owner: Owner | undefined): number[] {
    const { userId = Number.MIN_SAFE_INTEGER, activityId = Number.MIN_SAFE_INTEGER } = owner ?? {};
    return [userId, userId, activityId];
  }
}
