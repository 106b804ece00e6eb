import { readFileSync } from 'node:fs';
import mysql2, { type PoolConnection, type PoolOptions, type SslOptions } from 'mysql2';
import { StartupError, exitCodes } from '../../common/startup-error.js';
import type { MysqlConfig, TlsConfig } from '../../config/config.js';

/**
 * Statements that set up a new connection. Of the two executable comments MariaDB runs the first and MySQL 8 the second
 * (mariadb.com/kb/en/comment-syntax).
 */
function sessionSettings(config: MysqlConfig): string[] {
  return [
    `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',
       innodb_lock_wait_timeout = ${config.lockWaitSeconds}
       /*M!100000 , max_statement_time = ${config.statementSeconds} */
       /*!80000 , max_execution_time = ${config.statementSeconds * 1000} */`,
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  ];
}

/**
 * mysql2, extended to set up each new connection of a pool: TypeORM has no hook for that. Commands on a connection are
 * queued, so these run before any other; a connection on which one fails is destroyed.
 */
export function mysqlDriver(config: MysqlConfig): typeof mysql2 {
  return {
    ...mysql2,
    createPool(options: PoolOptions) {
      const pool = mysql2.createPool(options);
      pool.on('connection', (connection: PoolConnection) => {
        for (const statement of sessionSettings(config)) {
          connection.query(statement, (error) => {
            if (error) connection.destroy();
          });
        }
      });
      return pool;
    },
  } as typeof mysql2;
}

/** @throws StartupError when the file of the certificate authority cannot be read */
export function tlsOptions(config: TlsConfig): SslOptions | undefined {
  if (config.tls === 'off') return undefined;
  if (config.tls === 'unverified') return { rejectUnauthorized: false };
  if (config.tlsCaFile === undefined) return { rejectUnauthorized: true, verifyIdentity: true };
  try {
    return { rejectUnauthorized: true, verifyIdentity: true, ca: readFileSync(config.tlsCaFile, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError([`DATABASE_TLS_CA cannot be read (${code ?? 'unknown'})`], exitCodes.configuration);
  }
}
