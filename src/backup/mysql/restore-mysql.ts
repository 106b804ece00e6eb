import { pipeline } from 'node:stream/promises';
import { StartupError, configurationError } from '../../common/startup-error.js';
import type { MysqlConfig } from '../../config/config.js';
import { describeServer } from '../../database/connection/startup-errors.js';
import { assertNoOtherTables } from '../../database/migrations/assert-own-tables.js';
import { dataTables, dropTables, ownTables } from '../../database/mysql/own-tables.js';
import { restoreTable } from '../../database/restore-table.js';
import { withAdvisoryLock } from '../../database/transactions/advisory-lock.js';
import { assertRestorable } from '../schema-check.js';
import { withOptionFile } from './backup-mysql.js';
import { RunningProgram, clientNames, findProgram } from './client-program.js';
import { checkDump, readDump } from './dump-file.js';
import { checkSession, sessionOptions } from './session-check.js';
import { withRunner, type Runner } from './with-runner.js';

/**
 * Executes a dump in a database without tables of this service. Until it has ended, and if it is interrupted, a table
 * makes every program refuse the database; then the next restore begins anew.
 * @throws StartupError
 */
export async function restoreMysql(from: string, config: MysqlConfig): Promise<{ sessions: number; messages: number }> {
  const client = await findProgram(clientNames);
  const { tables, migrations } = await checkDump(from);
  assertRestorable(from, migrations);
  return withRunner(config, (runner, dataSource) =>
    withAdvisoryLock({ dataSource, what: 'restore' }, async () => {
      if (!config.shared) await assertNoOtherTables(runner, dataSource);
      await markUnfinished(runner, config);
      await withOptionFile(config, client, async (file) => {
        await checkSession(client.name, file, config);
        const options = [...sessionOptions, '--batch', '--binary-mode', config.database];
        await execute(new RunningProgram(client.name, file, options), from);
      });
      const restored = await dataTables(runner);
      const missing = tables.filter((name) => !restored.includes(name));
      if (missing.length > 0) throw new StartupError([`${missing.join(', ')} were not restored: restore again`]);
      const counts = {
        sessions: await count(runner, 'writeassistdev_chat_sessions'),
        messages: await count(runner, 'writeassistdev_chat'),
      };
      await runner.query(`DROP TABLE ${restoreTable}`);
      return counts;
    }),
  );
}

/** Empties the database of an interrupted restore. Looks again after marking: a server may have started meanwhile. */
async function markUnfinished(runner: Runner, config: MysqlConfig): Promise<void> {
  if (await runner.hasTable(restoreTable)) {
    await dropTables(runner, await ownTables(runner));
    return;
  }
  await assertNoTables(runner, config);
  await runner.query(`CREATE TABLE ${restoreTable} (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB`);
  try {
    await assertNoTables(runner, config);
  } catch (error) {
    await runner.query(`DROP TABLE ${restoreTable}`);
    throw error;
  }
}

async function assertNoTables(runner: Runner, config: MysqlConfig): Promise<void> {
  const [first] = await dataTables(runner);
  if (first === undefined) return;
  throw configurationError(
    `${describeServer(config)}, database ${JSON.stringify(config.database)}, already has the table ${first}: a restore ` +
      'needs a database without tables of this service; create a new one, and name it in DATABASE_URL',
  );
}

async function execute(program: RunningProgram, from: string): Promise<void> {
  try {
    await pipeline(readDump(from), program.input).catch((error: unknown) => {
      // A program that ends early says why.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    });
    await program.succeed();
  } finally {
    program.stop();
  }
}

async function count(runner: Runner, table: string): Promise<number> {
  if (!(await runner.hasTable(table))) return 0;
  const [row] = (await runner.query(`SELECT COUNT(*) AS count FROM ${table}`)) as { count: number | string }[];
  return Number(row?.count ?? 0);
}
