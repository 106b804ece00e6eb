import { cpuMs } from './cpu.js';
import { countMessages, resetStore, type Sql } from './data.js';
import { load } from './load.js';
import type { Operation } from './operations.js';
import type { Target } from './targets/target.js';

/** One run of an operation against a target. */
export interface Run {
  target: string;
  perSecond: number;
  /** In ms. */
  p50: number;
  p99: number;
  /** CPU per request of the target and of its database, in µs. */
  appUs: number;
  databaseUs: number;
}

/** The database of the targets. */
export interface Database {
  owners: number;
  /** Its process; undefined when the target is the database, too. */
  pid?: number;
  /** Its contents; undefined for a file that the target holds. */
  sql?: Sql;
}

/**
 * Sends `amount` requests to the target.
 * @throws Error when a response is not 2xx, or when the messages are not as many as responses have said
 */
export async function measure(target: Target, operation: Operation, amount: number, database: Database): Promise<Run> {
  const { sql, pid, owners } = database;
  // `obvious` has tables of its own.
  const store = target.name === 'obvious' ? undefined : sql;
  if (store) await resetStore(store);
  const before = store && (await countMessages(store));
  const [appBefore, databaseBefore] = [cpuMs(target.pid), pid === undefined ? 0 : cpuMs(pid)];
  const { ok, failed, seconds, p50, p99 } = await load(target.url, operation, amount, owners);
  const us = (ms: number) => (ms * 1000) / ok;
  const [appUs, databaseUs] = [
    us(cpuMs(target.pid) - appBefore),
    pid === undefined ? 0 : us(cpuMs(pid) - databaseBefore),
  ];
  if (failed > 0) throw new Error(`${target.name}, ${operation.name}: ${failed} of ${ok + failed} requests failed`);
  if (store && before) {
    const added = operation.adds ? ok : 0;
    const { stored, counted } = await countMessages(store);
    if (stored !== before.stored + added || counted !== stored) {
      throw new Error(
        `${target.name}: ${ok} saved, ${stored - before.stored} stored, ${counted - before.counted} counted; in all ${stored} and ${counted}`,
      );
    }
  }
  return { target: target.name, perSecond: ok / seconds, p50, p99, appUs, databaseUs };
}
