import { Injectable } from '@nestjs/common';
import { ShutdownState } from '../common/shutdown-state.js';
import { DatabaseProbe } from '../database/connection/database-probe.js';
import { NotReadyError } from './health.errors.js';

const databaseTimeoutMs = 1000;

@Injectable()
export class HealthService {
  constructor(
    private readonly shutdown: ShutdownState,
    private readonly database: DatabaseProbe,
  ) {}

  /** @throws NotReadyError if the database does not respond within a second or is not migrated, or the server is stopping */
  async assertReady(): Promise<void> {
    if (this.shutdown.isShuttingDown) throw new NotReadyError('The server is stopping.');
    if (!(await this.database.isReachable(databaseTimeoutMs))) throw new NotReadyError('The database is not ready.');
  }
}
