import { readFileSync } from 'node:fs';
import mysql2, { type PoolConnection, type PoolOptions, type SslOptions } from 'mysql2';
import { StartupError, exitCodes } from '../../common/startup-error.js';
import type { MysqlConfig, TlsConfig } from '../../config/config.js';

/**
 * What every connection is set to before its first use. The comments are executable ones: MariaDB reads the first and
 * MySQL 8 the second, each skips the other's (mariadb.com/kb/en/comment-syntax).
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
 * mysql2, except that each connection of a pool first makes our settings: TypeORM has no hook for that. Commands on a
 * connection queue, so nothing passes them; a connection that cannot make them is not used.
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
