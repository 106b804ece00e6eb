import mysql2 from 'mysql2/promise';
import { startMariadb } from '../test/support/database/mariadb.mjs';
import type { Sql } from './data.js';

/** Durable, as a school must set it; everything else as for a small server. */
const settings = [
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-flush-method=O_DIRECT',
  '--innodb-buffer-pool-size=1G',
  '--innodb-log-file-size=512M',
];

/** A private MariaDB with an empty database. */
export interface BenchMariadb {
  databaseUrl: string;
  pid: number;
  sql: Sql;
  stop: () => Promise<void>;
}

/** @throws Error unless it flushes at every commit */
export async function startBenchMariadb(): Promise<BenchMariadb> {
  const mariadb = await startMariadb({ options: settings });
  const root = await mysql2.createConnection({ uri: mariadb.url });
  const sql: Sql = async (statement) => (await root.query(statement))[0] as Record<string, unknown>[];
  const [row] = await sql('SELECT @@innodb_flush_log_at_trx_commit AS flush');
  if (row?.flush !== 1) throw new Error('MariaDB does not run with innodb_flush_log_at_trx_commit = 1');
  await sql('CREATE DATABASE chats');
  await sql('USE chats');
  const stop = async () => {
    await root.end();
    await mariadb.stop();
  };
  return { databaseUrl: `${mariadb.url}chats`, pid: mariadb.pid, sql, stop };
}
