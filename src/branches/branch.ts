/** A message as a place in the tree of its session. */
export interface BranchMessage {
  id: number;
  sequence: number;
  /** UTC milliseconds. */
  timestamp: number;
  /** `rootParent` for the beginning of a session; null for the message that was saved before it. */
  parentId: number | null;
  /** The message of which it is another version. */
  revisionOf: number | null;
  /** Whether it is on the current branch. */
  onBranch: boolean;
}

/** Where a branch ends. */
export type BranchEnd = Pick<BranchMessage, 'id' | 'sequence'>;
