/** What a step has deleted: a session, all messages that a session had, or some messages of it. */
export type DeletionKind = 'session' | 'clear' | 'message';

/** What belongs to a deletion. */
export interface DeletedRange {
  /** Exclusive. */
  fromSequence: number;
  /** Inclusive. */
  toSequence: number;
  messageCount: number;
  /** Of these messages, in bytes of UTF-8. */
  contentBytes: number;
}

export interface NewDeletion extends DeletedRange {
  kind: DeletionKind;
}

/** A deletion as it is recorded. Times are UTC milliseconds. */
export interface StoredDeletion extends DeletedRange {
  id: number;
  purgeAt: number;
  claimedUntil: number;
}

/** A deletion that is purged by the server that has claimed it. */
export interface ClaimedDeletion {
  id: number;
  activityId: number;
  userId: number;
  sessionId: string;
  kind: DeletionKind;
  fromSequence: number;
  toSequence: number;
  claimedUntil: number;
}
