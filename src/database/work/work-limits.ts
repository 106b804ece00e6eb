import type { DatabaseConfig } from '../../config/config.js';
import type { WorkLimits } from './work-queue.js';

/** On SQLite, where no variable sets it. */
const maxWaitingOnSqlite = 1000;

/** The limits of a server: half of the connections for one caller, a quarter for one session. */
export function workLimits(config: DatabaseConfig): WorkLimits {
  if (config.engine === 'sqlite') {
    return { capacity: 1, maxPerCaller: 1, maxPerSession: 1, maxWaiting: maxWaitingOnSqlite };
  }
  const { poolSize: capacity, queueLimit: maxWaiting } = config;
  return {
    ...{ capacity, maxWaiting },
    maxPerCaller: Math.max(1, Math.floor(capacity / 2)),
    maxPerSession: Math.max(1, Math.floor(capacity / 4)),
  };
}
