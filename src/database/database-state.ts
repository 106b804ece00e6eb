import { Injectable } from '@nestjs/common';
import { DatabaseUnavailable } from './database.errors.js';

/** Whether the database is connected and migrated. Until it is, every use of it is answered "unavailable". */
@Injectable()
export class DatabaseState {
  ready = false;

  requireReady(): void {
    if (!this.ready) throw new DatabaseUnavailable();
  }
}
