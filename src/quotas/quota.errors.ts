import { DomainError, type ReachedQuota } from '../common/domain-error.js';
import type { VariableName } from '../config/env-variables.js';
import type { QuotaName } from './quota.js';

const mebibyte = 1024 * 1024;

const variables: Record<QuotaName, VariableName> = {
  bytes: 'QUOTA_OWNER_MB',
  sessions: 'QUOTA_OWNER_SESSIONS',
  messages: 'QUOTA_OWNER_MESSAGES',
};

const allowances: Record<QuotaName, (limit: number) => string> = {
  bytes: (limit) => `Your chats may hold at most ${limit / mebibyte} MiB`,
  sessions: (limit) => `You may have at most ${limit} chats`,
  messages: (limit) => `Your chats may have at most ${limit} messages`,
};

/** The owner would store more than a quota allows. */
export class QuotaExceededError extends DomainError {
  constructor(
    detail: string,
    private readonly reached?: ReachedQuota,
  ) {
    super('forbidden', 'quota_exceeded', detail);
  }

  /** @param limit of the quota, in bytes or as a number of rows */
  static of(name: QuotaName, limit: number): QuotaExceededError {
    const detail = `${allowances[name](limit)}; delete chats to make room. Nothing was saved.`;
    return new QuotaExceededError(detail, { name, limit });
  }

  override get quota() {
    return this.reached;
  }

  override get logDetails() {
    return { variable: this.reached && variables[this.reached.name] };
  }
}
