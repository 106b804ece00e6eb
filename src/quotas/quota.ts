import type { ReachedQuota } from '../common/domain-error.js';

/** What an owner has stored. */
export interface Usage extends Record<QuotaName, number> {
  /** Contents of messages in bytes of UTF-8. */
  bytes: number;
  sessions: number;
  messages: number;
}

export type QuotaName = ReachedQuota['name'];

export const quotaNames: QuotaName[] = ['bytes', 'sessions', 'messages'];
