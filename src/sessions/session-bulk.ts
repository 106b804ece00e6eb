import type { SessionChange } from './session.js';

/** What is done to a session; undefined for deleting it. */
export const bulkChanges = {
  delete: undefined,
  archive: { archived: true },
  unarchive: { archived: false },
  pin: { pinned: true },
  unpin: { pinned: false },
  read: { lastReadSequence: Number.MAX_SAFE_INTEGER },
} satisfies Record<string, SessionChange | undefined>;

export type BulkOperation = keyof typeof bulkChanges;
export const bulkOperations = Object.keys(bulkChanges) as BulkOperation[];

/** What became of one id. */
export interface BulkOutcome {
  id: string;
  /** The code of the error, when there is no such session. */
  missing: string | undefined;
}
