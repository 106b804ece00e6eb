import { Injectable } from '@nestjs/common';
import { DatabaseUnavailableError } from '../database.errors.js';

/** Whether the database is connected and migrated. Until it is, every use of it is answered "unavailable". */
@Injectable()
export class DatabaseState {
  isReady = false;

  assertReady(): void {
    if (!this.isReady) throw new DatabaseUnavailableError();
  }
}
