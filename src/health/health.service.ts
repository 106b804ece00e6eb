import { Injectable } from '@nestjs/common';
import { LoadState } from '../common/load-state.js';
import type { Dependency, DependencyCheck, MissingInDatabase } from '../common/readiness.js';
import { ShutdownState } from '../common/shutdown-state.js';
import { version } from '../common/version.js';
import { DatabaseProbe } from '../database/connection/database-probe.js';
import { NotReadyError } from './health.errors.js';

const databaseTimeoutMs = 1000;

const databaseProblems: Record<MissingInDatabase, string> = {
  connection: 'The database cannot be reached.',
  migrations: 'Migrations of the database are outstanding.',
  checks: 'The database is not ready.',
};

export interface Readiness {
  status: 'ok';
  version: string;
  checks?: DependencyCheck[];
}

@Injectable()
export class HealthService {
  constructor(
    private readonly shutdown: ShutdownState,
    private readonly database: DatabaseProbe,
    private readonly load: LoadState,
  ) {}

  /**
   * @param isVerbose whether the caller may see all checks
   * @param isStarting whether the main port is still closed
   * @throws NotReadyError if the database does not respond within a second or is not migrated, or the server is starting or
   *   stopping
   */
  async readiness(isVerbose: boolean, isStarting = false): Promise<Readiness> {
    const lacks = await this.database.findMissing(databaseTimeoutMs);
    const missing = new Map<Dependency, string>();
    if (this.shutdown.isShuttingDown) missing.set('server', 'The server is stopping.');
    if (lacks) missing.set(lacks === 'migrations' ? 'migrations' : 'database', databaseProblems[lacks]);
    if (isStarting && !missing.has('server')) missing.set('server', 'The server is starting.');

    const checks: DependencyCheck[] = [
      { name: 'server', ok: !missing.has('server') },
      { name: 'database', ok: !missing.has('database') },
      // Not known while the database cannot be asked.
      ...(missing.has('database') ? [] : [{ name: 'migrations' as const, ok: !missing.has('migrations') }]),
      { name: 'load', ok: !this.load.isOverloaded },
    ];
    const shown = isVerbose ? { checks } : {};
    const [detail] = missing.values();
    if (detail !== undefined) throw new NotReadyError(detail, { missing: [...missing.keys()], ...shown });
    return { status: 'ok', version, ...shown };
  }
}
