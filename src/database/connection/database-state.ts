import { Injectable } from '@nestjs/common';
import type { MissingInDatabase } from '../../common/readiness.js';
import { DatabaseUnavailableError } from '../database.errors.js';

/** Whether the database is connected and migrated. Until then, every use of it throws DatabaseUnavailableError. */
@Injectable()
export class DatabaseState {
  isReady = false;
  /** What a database that is not ready lacks. */
  missing: MissingInDatabase = 'connection';
  /** max_allowed_packet of MariaDB or MySQL, in bytes, as it was at the start; undefined on SQLite. */
  maxPacketBytes: number | undefined;

  /** @throws DatabaseUnavailableError */
  assertReady(): void {
    if (!this.isReady) throw new DatabaseUnavailableError();
  }
}
