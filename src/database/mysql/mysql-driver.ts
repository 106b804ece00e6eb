import mysql2, { type Connection, type PoolConnection, type PoolOptions, type RowDataPacket } from 'mysql2';
import type { MysqlConfig } from '../../config/config.js';
import { isIntact, probeText, type ProbeRow } from '../probe-text.js';
import { sessionStatements } from './session-variables.js';

/**
 * mysql2, extended to set up each new connection of a pool: TypeORM has no hook for that. A connection on which that
 * fails is destroyed.
 */
export function mysqlDriver(config: MysqlConfig): typeof mysql2 {
  const statements = sessionStatements('store', config);
  return {
    ...mysql2,
    createPool(options: PoolOptions) {
      const pool = mysql2.createPool(options);
      pool.on('connection', (connection: PoolConnection) => {
        setUpConnection(connection, statements);
      });
      return pool;
    },
  } as typeof mysql2;
}

/**
 * Sends the statements on a new connection and proves that it transports every character; destroys it if either fails.
 * Commands on a connection are queued: these run before any other.
 */
export function setUpConnection(connection: Connection, statements: string[]): void {
  for (const statement of statements) {
    connection.query(statement, (error) => {
      if (error) connection.destroy();
    });
  }
  const probe = 'SELECT HEX(?) AS stored, ? AS returned';
  connection.query<(ProbeRow & RowDataPacket)[]>(probe, [probeText, probeText], (error, rows) => {
    if (error || !isIntact(rows[0])) connection.destroy();
  });
}
