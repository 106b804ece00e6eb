import type { DataSource, QueryRunner } from 'typeorm';
import { configurationError } from '../../common/startup-error.js';
import type { MysqlConfig } from '../../config/config.js';
import { isTransient, isUnavailable } from '../transactions/driver-errors.js';
import { describeServer } from './startup-errors.js';

/** Bytes of the largest statement of a message besides its content and payload: its metadata, and what a search compares. */
const statementOverheadBytes = 128 * 1024;

/** What the server allows this account. */
export interface ServerLimits {
  /** max_allowed_packet, in bytes. */
  maxPacketBytes: number;
  /** Connections that the account may open at once; 0 for no limit of its own. */
  maxUserConnections: number;
  maxConnections: number;
}

export async function readServerLimits(runner: QueryRunner): Promise<ServerLimits> {
  const [row] = (await runner.query(
    `SELECT @@max_allowed_packet AS maxPacketBytes, @@SESSION.max_user_connections AS maxUserConnections,
       @@GLOBAL.max_connections AS maxConnections`,
  )) as [ServerLimits];
  return row;
}

/** One line for each limit that users will meet before this service's own limits. */
export function limitWarnings(limits: ServerLimits, config: MysqlConfig, maxContentBytes: number): string[] {
  const warnings: string[] = [];
  const neededBytes = 2 * maxContentBytes + statementOverheadBytes;
  if (limits.maxPacketBytes < neededBytes) {
    warnings.push(
      `max_allowed_packet of ${describeServer(config)} is ${limits.maxPacketBytes} bytes: messages near or above that ` +
        `are answered with 413. Set it to ${neededBytes} or more, or lower CONTENT_MAX_BYTES (${maxContentBytes}).`,
    );
  }
  const { maxUserConnections, maxConnections } = limits;
  const connections = maxUserConnections > 0 ? Math.min(maxUserConnections, maxConnections) : maxConnections;
  // One more for /readyz.
  if (connections < config.poolSize + 1) {
    const limit = connections === maxUserConnections ? 'max_user_connections' : 'max_connections';
    warnings.push(
      `${describeServer(config)} allows ${connections} connections (${limit}), less than DATABASE_POOL_SIZE ` +
        `(${config.poolSize}) and one for /readyz: requests that need one more get 503. Lower DATABASE_POOL_SIZE or raise the limit.`,
    );
  }
  return warnings;
}

/**
 * Checks that the tables of this service have transactions, and that the account may read and write each of them.
 * Statements that change no row are tried, so that also binlog_format and table-level grants are checked. A server that
 * is read-only at the moment passes.
 * @throws StartupError, or the error of the driver
 */
export async function checkTables(runner: QueryRunner, dataSource: DataSource): Promise<void> {
  const tables = dataSource.entityMetadatas.map(({ tableName, primaryColumns }) => {
    return { name: tableName, column: primaryColumns[0]?.databaseName ?? 'id' };
  });
  await assertInnoDb(
    runner,
    tables.map(({ name }) => name),
  );
  await runner.startTransaction();
  try {
    for (const { name, column } of tables) {
      await runner.query(`INSERT INTO ${name} SELECT * FROM ${name} WHERE 1 = 0`);
      await runner.query(`UPDATE ${name} SET ${column} = ${column} WHERE 1 = 0`);
      await runner.query(`DELETE FROM ${name} WHERE 1 = 0`);
    }
  } catch (error) {
    if (!isUnavailable(error) && !isTransient(error)) throw error;
  } finally {
    await runner.rollbackTransaction().catch(() => undefined);
  }
}

async function assertInnoDb(runner: QueryRunner, names: string[]): Promise<void> {
  const rows = (await runner.query(
    `SELECT TABLE_NAME AS name, ENGINE AS engine FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND ENGINE <> 'InnoDB' ORDER BY TABLE_NAME`,
  )) as { name: string; engine: string }[];
  const wrong = rows.filter(({ name }) => names.includes(name.toLowerCase()));
  if (wrong.length === 0) return;
  const list = wrong.map(({ name, engine }) => `${name} (${engine})`).join(', ');
  throw configurationError(
    `these tables have a storage engine without transactions: ${list}; run ALTER TABLE ... ENGINE=InnoDB for each`,
  );
}
