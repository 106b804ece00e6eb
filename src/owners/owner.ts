/** One user in one activity: everything that is stored belongs to one. Comes from the caller's credential, never from a request's path, query or body. */
export interface Owner {
  /** 1 to 4294967295. */
  activityId: number;
  /** 1 to 4294967295. */
  userId: number;
}

export const maxId = 4294967295;

/** An id of Moodle's, given as a number or as a decimal string; undefined for anything else. */
export function parseId(value: unknown): number | undefined {
  const id = typeof value === 'string' && /^[1-9]\d{0,9}$/.test(value) ? Number(value) : value;
  return typeof id === 'number' && Number.isInteger(id) && id >= 1 && id <= maxId ? id : undefined;
}
