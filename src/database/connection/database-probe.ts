import { Injectable } from '@nestjs/common';
import { withTimeout } from '../../common/with-timeout.js';
import { DatabaseState } from './database-state.js';
import { SqlClient } from '../sql/sql-client.js';

/** Checks whether the database responds. */
@Injectable()
export class DatabaseProbe {
  #running: Promise<boolean> | undefined;

  constructor(
    private readonly state: DatabaseState,
    private readonly sql: SqlClient,
  ) {}

  /** False when the database is not connected and migrated, or has not responded within `timeoutMs`. Concurrent calls share one query. */
  async isReachable(timeoutMs: number): Promise<boolean> {
    if (!this.state.isReady) return false;
    this.#running ??= this.ping().finally(() => (this.#running = undefined));
    return withTimeout(timeoutMs, this.#running, () => false);
  }

  private async ping(): Promise<boolean> {
    try {
      await this.sql.query('SELECT 1', []);
      return true;
    } catch {
      return false;
    }
  }
}
