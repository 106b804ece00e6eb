import { Injectable } from '@nestjs/common';
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
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => {
        resolve(false);
      }, timeoutMs);
    });
    try {
      return await Promise.race([this.#running, late]);
    } finally {
      clearTimeout(timer);
    }
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
