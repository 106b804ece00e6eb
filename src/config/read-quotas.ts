import type { QuotasConfig } from './config.js';
import type { EnvReader } from './env-reader.js';

const mebibyte = 1024 * 1024;

/** Reads the quotas of owners. */
export function readQuotas(reader: EnvReader): QuotasConfig {
  return {
    bytes: reader.integer('QUOTA_OWNER_MB', 0, 1_000_000) * mebibyte,
    sessions: reader.integer('QUOTA_OWNER_SESSIONS', 0, 1_000_000),
    messages: reader.integer('QUOTA_OWNER_MESSAGES', 0, 1_000_000_000),
    bytesPerMinute: reader.integer('QUOTA_OWNER_MB_PER_MINUTE', 0, 1_000_000) * mebibyte,
  };
}

/** Without limits, for commands. */
export const noQuotas: QuotasConfig = { bytes: 0, sessions: 0, messages: 0, bytesPerMinute: 0 };
