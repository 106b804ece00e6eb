import { randomInt } from 'node:crypto';
import type { PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';
import { StartupError, configurationError } from '../../common/startup-error.js';
import { isTransient } from '../transactions/driver-errors.js';
import { isIntact, probeText, type ProbeRow } from './probe-text.js';
import { protocols } from './session-proof.js';

const maxAttempts = 6;

/** The columns with texts of users, in rows of the probe's owner. */
const columns = [
  { table: 'writeassistdev', column: 'name', key: 'id' },
  { table: 'writeassistdev_chat_sessions', column: 'title', key: 'writeassistdevid' },
  { table: 'writeassistdev_chat', column: 'content', key: 'writeassistdevid' },
];

/**
 * Writes texts with all kinds of characters through the store's pool, compares byte by byte what the server stored,
 * reads them back, and rolls back.
 * @throws StartupError naming the column that does not hold the text; what the driver throws
 */
export async function proveStorage(dataSource: DataSource, server: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await writeAndRollBack(dataSource, server);
      return;
    } catch (error) {
      if (!isTransient(error) || attempt === maxAttempts) throw error;
    }
  }
}

async function writeAndRollBack(dataSource: DataSource, server: string): Promise<void> {
  const runner = dataSource.createQueryRunner('master');
  try {
    await runner.startTransaction();
    await proveColumns((await runner.connect()) as PoolConnection, server);
  } finally {
    // A rollback fails when the connection is lost; the server has rolled back then.
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    await runner.release().catch(() => undefined);
  }
}

async function proveColumns(poolConnection: PoolConnection, server: string): Promise<void> {
  const connection = poolConnection.promise();
  const activity = await insertRows((sql, parameters) => connection.execute(sql, parameters));
  for (const send of protocols(connection)) {
    for (const { table, column, key } of columns) {
      await send(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`, [probeText, activity]);
      const [row] = await send<ProbeRow>(
        `SELECT HEX(${column}) AS stored, ${column} AS returned FROM ${table} WHERE ${key} = ?`,
        [activity],
      );
      if (!isIntact(row)) throw wrongColumn(server, table, column);
    }
  }
}

function wrongColumn(server: string, table: string, column: string): StartupError {
  return configurationError(
    `${server} does not store every character in ${table}.${column}: its character set must be utf8mb4`,
  );
}

/** @returns the id of the activity */
async function insertRows(execute: (sql: string, parameters: number[]) => Promise<unknown>): Promise<number> {
  // Random ones that Moodle does not reach, so that servers that start together do not wait for each other.
  const [activity, user] = [randomId(), randomId()];
  const owner = [activity, user];
  await execute('INSERT INTO user (id) VALUES (?)', [user]);
  await execute('INSERT INTO writeassistdev (id) VALUES (?)', [activity]);
  await execute('INSERT INTO writeassistdev_chat_owners (writeassistdevid, userid) VALUES (?, ?)', owner);
  await execute(
    `INSERT INTO writeassistdev_chat_sessions
      (writeassistdevid, userid, session_id, last_activity_at, created_at, modified_at) VALUES (?, ?, 'probe', 0, 0, 0)`,
    owner,
  );
  await execute(
    `INSERT INTO writeassistdev_chat (writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp,
      created_at, history_time) VALUES (?, ?, 'probe', 1, 'user', '', 0, 0, 0)`,
    owner,
  );
  return activity;
}

function randomId(): number {
  return randomInt(4_000_000_000, 4_294_967_296);
}
