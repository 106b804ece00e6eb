import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Pool } from 'mysql2';
import type { MissingInDatabase } from '../../common/readiness.js';
import { requestStorage } from '../../common/request-context.js';
import { withTimeout } from '../../common/with-timeout.js';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/config.js';
import { connectionOptions } from '../mysql/connection-options.js';
import { mysqlDriver } from '../mysql/mysql-driver.js';
import { SqlClient } from '../sql/sql-client.js';
import { connectUntil, connectTo } from '../work/timed-connection.js';
import { DatabaseState } from './database-state.js';

/**
 * Checks whether the database responds. On MariaDB and MySQL it has a connection of its own, so that it does not wait for
 * requests that hold all others; on SQLite it does not wait in their queue.
 */
@Injectable()
export class DatabaseProbe implements OnApplicationShutdown {
  readonly #connection: Pool | undefined;
  #running: Promise<boolean> | undefined;

  constructor(
    private readonly state: DatabaseState,
    private readonly sql: SqlClient,
    @Inject(CONFIG) { database }: Config,
  ) {
    if (database.engine === 'sqlite') return;
    const options = connectionOptions(database, database.connectTimeoutMs);
    this.#connection = mysqlDriver(database).createPool({ ...options, user: database.username, connectionLimit: 1 });
  }

  /**
   * What the database lacks: it is not connected and migrated, or has not responded within `timeoutMs`. Undefined if it can
   * be used. Concurrent calls share one query.
   */
  async findMissing(timeoutMs: number): Promise<MissingInDatabase | undefined> {
    if (!this.state.isReady) return this.state.missing;
    // Outside the request: the query neither waits behind those of requests, nor ends when the first caller leaves.
    this.#running ??= requestStorage.exit(() => this.ping(timeoutMs)).finally(() => (this.#running = undefined));
    return (await withTimeout(timeoutMs, this.#running, () => false)) ? undefined : 'connection';
  }

  onApplicationShutdown(): void {
    this.#connection?.end(() => undefined);
  }

  private async ping(timeoutMs: number): Promise<boolean> {
    try {
      if (this.#connection) await pingWithin(timeoutMs, this.#connection);
      else await this.sql.query('SELECT 1', []);
      return true;
    } catch {
      return false;
    }
  }
}

/** @throws what the driver throws, also when there is no response within `timeoutMs` */
async function pingWithin(timeoutMs: number, pool: Pool): Promise<void> {
  const { connection, stop } = await connectUntil(performance.now() + timeoutMs, () => connectTo(pool));
  try {
    await connection.promise().query('SELECT 1');
  } finally {
    stop();
    connection.release();
  }
}
