/** One user in one activity, who owns sessions and messages. Taken from the credential, never from a request's path, query or body. */
export interface Owner {
  /** 1 to 4294967295. */
  activityId: number;
  /** 1 to 4294967295. */
  userId: number;
}

export const maxId = 4294967295;

/** Parses a Moodle id, 1 to 4294967295, from a number or a decimal string; undefined for any other value. */
export function parseId(value: unknown): number | undefined {
  const id = typeof value === 'string' && /^[1-9]\d{0,9}$/.test(value) ? Number(value) : value;
  return typeof id === 'number' && Number.isInteger(id) && id >= 1 && id <= maxId ? id : undefined;
}
