import { sha256Hex } from '../../common/hash.js';
import type { Owner } from '../../owners/owner.js';

/** A difference between a row of the source and what was imported of it. */
export interface Difference {
  owner: Owner;
  table: string;
  /** Its id in the ledger. */
  rowId: number;
  /** Its name in the report. */
  row: string;
  reason: string;
  /** The digest of the message in the source; null when the source does not have it. */
  sourceDigest: string | null;
  /** The digest of the message in this store; null when it does not have it. */
  targetDigest: string | null;
}

/**
 * SHA-256 over the values of a message that are compared.
 * @param timestamp undefined for a time taken from a neighbour, which is not compared
 */
export function messageDigest(role: string, timestamp: number | undefined, contentDigest: string): string {
  return sha256Hex(`${role} ${timestamp ?? ''} ${contentDigest}`);
}

/** The digest of a message that is in another chat in the source. */
export function movedDigest(digest: string, sessionId: string): string {
  return sha256Hex(`${digest} ${sessionId}`);
}

/** @param sequence null for the chat itself */
export function describePlace(
  { userId, activityId }: Owner,
  { sessionId, sequence }: { sessionId: string; sequence: number | null },
): string {
  const message = sequence === null ? '' : `message ${sequence} of `;
  return `${message}${sessionId}, user ${userId}, activity ${activityId}`;
}
