/** One user in one activity: everything that is stored belongs to one. Comes from the caller's credential, never from a request's path, query or body. */
export interface Owner {
  /** 1 to 4294967295. */
  activityId: number;
  /** 1 to 4294967295. */
  userId: number;
}
