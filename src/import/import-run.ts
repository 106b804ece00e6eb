import { serializeError } from '../common/error-serializer.js';
import { StartupError } from '../common/startup-error.js';
import type { AdvisoryLock } from '../database/transactions/advisory-lock.js';
import type { StandaloneDatabase } from '../database/connection/standalone-database.js';
import { retryReads, type Retry, type SqlReader } from './connection-retry.js';
import type { ImportOptions } from './import-options.js';
import type { PlannerOptions } from './plan/planner.js';
import { maxColumnBytes } from './plan/message-plan.js';
import type { Output } from './report/output.js';
import { peakMemoryMiB } from '../common/peak-memory.js';
import type { Summary } from './report/summary.js';
import type { PluginData } from './source/plugin-schema.repository.js';
import type { SourceDatabase } from './source/source-database.js';

/** An import, dry run or verification with both databases open. */
export interface ImportRun {
  options: ImportOptions;
  source: SourceDatabase;
  moodle: PluginData;
  target: StandaloneDatabase;
  /** Repeats what the target's connection lost. */
  targetRetry: Retry;
  /** Keeps other imports and verifications away; undefined for a dry run. */
  lock: AdvisoryLock | undefined;
  output: Output;
  /** UTC milliseconds. */
  started: number;
}

/** Reads the target outside transactions. */
export function targetReader({ target, targetRetry, lock }: ImportRun): SqlReader {
  return retryReads(target.sql, targetRetry, lock && (() => lock.ensureHeld()));
}

export async function plannerOptions({ moodle, options, target, targetRetry, started }: ImportRun) {
  const maxTextBytes = await targetRetry(() => target.maxTextBytes());
  return {
    activities: moodle.activities,
    now: started,
    since: options.filter.since,
    maxBytes: Math.min(maxColumnBytes, maxTextBytes),
  } satisfies PlannerOptions;
}

/** The parts of a summary that every run has. */
export function summaryHead({ options, moodle, started }: ImportRun) {
  const mode: Summary['mode'] = options.verify ? 'verify' : options.dryRun ? 'dry run' : 'import';
  return {
    source: moodle.name,
    found: moodle.found,
    mode,
    seconds: Math.round((Date.now() - started) / 100) / 10,
    peakMemoryMiB: peakMemoryMiB(),
  };
}

/** Excludes error messages of database drivers: they may quote users' texts. */
export function describeFailure(error: unknown): string {
  if (error instanceof StartupError) return error.lines.join('; ');
  const { type, code, message, cause } = serializeError(error);
  const description = [type, code, message].filter((part) => part !== undefined).join(' ');
  return cause === undefined ? description : `${description} (${[cause.type, cause.code].join(' ')})`;
}
