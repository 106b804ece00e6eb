import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../common/domain-error.js';
import { StartupError } from '../common/startup-error.js';
import type { SqlClient } from '../database/sql/sql-client.js';
import { errorCode, isTransient, isUnavailable, mysqlErrorNumber } from '../database/transactions/driver-errors.js';

/** How often and when a lost connection is tried again. */
export interface RetryPolicy {
  /** Pauses before the further attempts, in milliseconds. */
  pausesMs: readonly number[];
  /** Receives a line for the terminal before each pause. */
  onLost: (line: string) => void;
}

/** Together longer than a restart of a server takes. */
export const retryPolicy: RetryPolicy = {
  pausesMs: [1000, 3000, 10_000, 20_000],
  onLost: (line) => process.stderr.write(`${line}\n`),
};

/**
 * Runs `work`, and again after a pause when its connection was lost or its database cannot execute statements now.
 * @param recover called before each further attempt; when it fails, that counts as an attempt
 * @throws ConnectionLostError after the last attempt; the other errors of `work`
 */
export type Retry = <Result>(work: () => Promise<Result>, recover?: () => Promise<void>) => Promise<Result>;

/** One of the two connections of an import. */
export interface ImportConnection {
  role: 'source' | 'target';
  host: string;
  port: number;
}

/** A connection was lost and could not be restored. */
export class ConnectionLostError extends StartupError {
  constructor(connection: ImportConnection, reason: string, attempts: number) {
    super([
      `${describe(connection)} failed (${reason}), also in ${attempts - 1} further attempts: ` +
        'run it again, it continues where it ended',
    ]);
  }
}

/** For SQLite, which has no connection to lose. */
export const withoutRetry: Retry = (work) => work();

export function createRetry(connection: ImportConnection, { pausesMs, onLost }: RetryPolicy): Retry {
  return async (work, recover) => {
    let isRecovered = true;
    for (let attempt = 0; ; attempt++) {
      try {
        if (attempt > 0) {
          isRecovered = false;
          await recover?.();
          isRecovered = true;
        }
        return await work();
      } catch (error) {
        const reason = lossReason(error) ?? (isRecovered ? undefined : describeError(error));
        if (reason === undefined) throw error;
        const pause = pausesMs[attempt];
        if (pause === undefined) throw new ConnectionLostError(connection, reason, attempt + 1);
        onLost(`${describe(connection)} failed (${reason}): next attempt in ${pause / 1000} s`);
        await sleep(pause);
      }
    }
  };
}

function describe({ role, host, port }: ImportConnection): string {
  return `the connection to the ${role} (${host}:${port})`;
}

/** Why a further attempt may succeed; undefined when it cannot. */
function lossReason(error: unknown): string | undefined {
  const cause = error instanceof DomainError && error.kind === 'unavailable' ? error.cause : error;
  return isUnavailable(cause) || isTransient(cause) ? describeError(cause) : undefined;
}

function describeError(error: unknown): string {
  if (error instanceof StartupError) return error.lines.join('; ');
  const number = mysqlErrorNumber(error);
  return errorCode(error) ?? (number > 0 ? `error ${number}` : 'it was closed');
}

/** Reads outside transactions. */
export type SqlReader = Pick<SqlClient, 'query' | 'queryOne' | 'sha256'>;

/** Repeats each statement that was lost. */
export function retryReads(sql: SqlClient, retry: Retry, recover?: () => Promise<void>): SqlReader {
  return {
    query: (text, parameters) => retry(() => sql.query(text, parameters), recover),
    queryOne: (text, parameters) => retry(() => sql.queryOne(text, parameters), recover),
    sha256: (column) => sql.sha256(column),
  };
}
