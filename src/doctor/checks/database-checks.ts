import { failure, ok, skipped, type Finding } from '../../common/finding.js';
import type { Dependency } from '../../common/readiness.js';
import type { Config } from '../../config/config.js';
import { toStartupError, toUnreachableError } from '../../database/connection/startup-errors.js';
import type { DatabaseInspector } from '../../database/inspection/database-inspector.js';
import type { Check, Surroundings } from '../check.js';
import type { RunningServer } from '../running-server.js';

/**
 * The checks of the database, in their order. The first two make the others possible.
 * @param findServer the running one: on SQLite it has locked the file, and is asked instead
 */
export function databaseChecks(
  inspector: DatabaseInspector,
  { database }: Config,
  { now }: Surroundings,
  findServer: () => Promise<RunningServer | undefined>,
): Check[] {
  /** Why the next checks cannot look at the database. */
  let unusable: string | undefined;

  const attempt = async (inspect: () => Promise<Finding[]>): Promise<Finding[]> => {
    try {
      return await inspect();
    } catch (error) {
      throw toStartupError(error, database) ?? toUnreachableError(error, database);
    }
  };
  const check = (name: string, title: string, inspect: () => Promise<Finding[]>): Check => ({
    ...{ name, title, lane: 'database' },
    run: async () => (unusable === undefined ? attempt(inspect) : [skipped(`not looked at: ${unusable}`)]),
  });
  /** The others cannot look at the database when this one fails, or hangs. */
  const first = (name: string, title: string, without: string, inspect: () => Promise<Finding[]>) =>
    check(name, title, async () => {
      unusable = without;
      const findings = await inspect();
      if (findings.every(({ level }) => level !== 'error')) unusable = inspector.unusable;
      return findings;
    });
  const migrated = (inspect: () => Promise<Finding[]>) => async () =>
    (await inspector.isMigrated()) ? inspect() : [skipped('not tried: migrations are outstanding')];

  const migrations = check('migrations', 'Migrations', () => inspector.migrations());
  return [
    first('database', 'Database', 'the database cannot be used', async () => {
      const findings = await inspector.open();
      return inspector.isLocked ? [fromServer('database', await findServer())] : findings;
    }),
    first('characters', 'Characters', 'its connections are not as they must be', () => inspector.characters()),
    check('database_version', 'Database version', () => inspector.version()),
    check('durability', 'Durability', () => inspector.durability()),
    check('limits', 'Limits', () => inspector.limits()),
    {
      ...migrations,
      run: async () => (inspector.isLocked ? [fromServer('migrations', await findServer())] : migrations.run()),
    },
    check('tables', 'Tables', () => inspector.tables()),
    check('clock', 'Clock', () => inspector.clock(now)),
    check(
      'message',
      'Message',
      migrated(() => inspector.message()),
    ),
  ];
}

/** What a running server says of itself, where its lock hides the file. */
function fromServer(name: Dependency, server: RunningServer | undefined): Finding {
  if (!server) {
    if (name === 'migrations') return skipped('not looked at: another process has locked the file');
    return failure(
      'The file is in use by another process, and no server answers on the PORT or HEALTH_PORT of these settings. Give ' +
        'each server its own DATA_DIR, and end the one that should not run.',
    );
  }
  const found = server.checks.find((one) => one.name === name);
  if (found?.ok ?? server.isReady) return ok(`in order, says the running server, which has locked the file`);
  return failure(`The running server says: ${server.detail ?? 'not ready'} Its log has the reason.`);
}
