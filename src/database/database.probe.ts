import { Injectable } from '@nestjs/common';
import { within } from '../common/deadline.js';
import { DatabaseState } from './database-state.js';
import { Sql } from './sql.js';

/** Whether the database answers now. */
@Injectable()
export class DatabaseProbe {
  #running: Promise<boolean> | undefined;

  constructor(
    private readonly state: DatabaseState,
    private readonly sql: Sql,
  ) {}

  /** False when it is not connected and migrated, or has not answered within `timeoutMs`. Askers share one question. */
  async answers(timeoutMs: number): Promise<boolean> {
    if (!this.state.ready) return false;
    this.#running ??= this.ask().finally(() => (this.#running = undefined));
    return within(timeoutMs, this.#running, () => false);
  }

  private async ask(): Promise<boolean> {
    try {
      await this.sql.rows('SELECT 1', []);
      return true;
    } catch {
      return false;
    }
  }
}
