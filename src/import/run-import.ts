import type { DatabaseConfig, TlsConfig } from '../config/config.js';
import { openDatabase, openReadOnly } from '../database/connection/standalone-database.js';
import { withAdvisoryLock, type AdvisoryLock } from '../database/transactions/advisory-lock.js';
import { createRetry, retryPolicy, withoutRetry } from './connection-retry.js';
import { importAll } from './import-all.js';
import type { ImportOptions } from './import-options.js';
import type { Output } from './report/output.js';
import { PluginSchemaRepository } from './source/plugin-schema.repository.js';
import { ReconnectingDatabase } from './source/source-database.js';
import { verifyAll } from './verify/verify-all.js';

/**
 * Runs an import, a dry run or a verification, and writes its report to `output`.
 * @returns false when it ended early, when the counts do not add up, or when the verification found a difference
 * @throws StartupError when it cannot start: nothing was changed then
 */
export async function runImport(
  options: ImportOptions & { tls?: TlsConfig },
  database: DatabaseConfig,
  output: Output,
  policy = retryPolicy,
): Promise<boolean> {
  const { from, filter, prefix, module } = options;
  const server = { ...from, ...(options.tls ?? { tls: 'off', tlsCaFile: undefined }) };
  const source = await ReconnectingDatabase.open(server, createRetry({ role: 'source', ...from }, policy));
  try {
    const moodle = await new PluginSchemaRepository(source, prefix).open(module, filter);
    const isReadOnly = options.dryRun || (options.verify && options.acknowledgement === 'keep');
    const target = await (isReadOnly ? openReadOnly(database) : openDatabase(database));
    const targetRetry =
      database.engine === 'sqlite' ? withoutRetry : createRetry({ role: 'target', ...database }, policy);
    const run = { options, source, moodle, target, targetRetry, output, started: Date.now() };
    const runWith = (lock: AdvisoryLock | undefined) =>
      options.verify ? verifyAll({ ...run, lock }) : importAll({ ...run, lock });
    try {
      // A verification would take what an import is about to bring for lost.
      if (options.dryRun && !options.verify) return await runWith(undefined);
      return await withAdvisoryLock(
        { dataSource: target.dataSource, what: 'import', running: 'another import or verification of this database' },
        runWith,
      );
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
