import type { PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';
import { StartupError, configurationError } from '../../common/startup-error.js';
import { isTransient } from '../transactions/driver-errors.js';
import { probeRows, textColumns } from '../probe-rows.js';
import { isIntact, probeText, type ProbeRow } from '../probe-text.js';
import { protocols } from './session-proof.js';

const maxAttempts = 6;

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
  const { activity, rows } = probeRows();
  for (const { sql, parameters } of rows) await connection.execute(sql, parameters);
  for (const send of protocols(connection)) {
    for (const { table, column, key } of textColumns) {
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
