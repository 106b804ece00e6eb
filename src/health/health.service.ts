import { Injectable } from '@nestjs/common';
import { Lifecycle } from '../common/lifecycle.js';
import { DatabaseProbe } from '../database/database.probe.js';
import { NotReady } from './health.errors.js';

const databaseTimeoutMs = 1000;

@Injectable()
export class HealthService {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly database: DatabaseProbe,
  ) {}

  /** @throws NotReady while the database does not answer within a second, is not migrated, or the server is stopping */
  async requireReady(): Promise<void> {
    if (this.lifecycle.stopping) throw new NotReady('The server is stopping.');
    if (!(await this.database.answers(databaseTimeoutMs))) throw new NotReady('The database is not ready.');
  }
}
