import { serializeError } from '../common/error-serializer.js';
import { peakMemoryMiB } from '../common/peak-memory.js';
import { createProgress } from '../common/progress.js';
import { StartupError, exitCodes } from '../common/startup-error.js';
import type { DatabaseConfig, TlsConfig } from '../config/config.js';
import { withAdvisoryLock } from '../database/transactions/advisory-lock.js';
import { errorCode, isUnavailable } from '../database/transactions/driver-errors.js';
import { MoodleDatabase } from '../moodle/moodle-database.js';
import { openDatabase, openReadOnly, type StandaloneDatabase } from '../database/connection/standalone-database.js';
import type { ImportOptions } from './import-options.js';
import { Importer, assertSameSource } from './importer.js';
import { LedgerRepository } from './ledger/ledger.repository.js';
import { maxContentBytes } from './plan/message-plan.js';
import { PluginSchemaRepository, type PluginData } from './source/plugin-schema.repository.js';
import type { Output } from './report/output.js';
import { Report } from './report/report.js';
import type { Summary } from './report/summary.js';
import { TargetRepository } from './target/target.repository.js';
import { VerificationRepository } from './verify/verification.repository.js';
import { ImportVerifier, type Verification } from './verify/import-verifier.js';
import { Writer } from './target/writer.js';

/** An import, dry run or verification with both databases open. */
interface ImportRun {
  options: ImportOptions;
  moodle: PluginData;
  target: StandaloneDatabase;
  output: Output;
  /** UTC milliseconds. */
  started: number;
}

/**
 * Runs an import, a dry run or a verification, and writes its report to `output`.
 * @returns false when it ended early, or when the verification found a difference
 * @throws StartupError when it cannot start: nothing was changed then
 */
export async function runImport(
  options: ImportOptions & { tls?: TlsConfig },
  database: DatabaseConfig,
  output: Output,
): Promise<boolean> {
  const source = await MoodleDatabase.open({
    ...options.from,
    ...(options.tls ?? { tls: 'off', tlsCaFile: undefined }),
  });
  try {
    const filter = options.verify ? { ...options.filter, since: undefined } : options.filter;
    const moodle = await new PluginSchemaRepository(source, options.prefix).open(options.module, filter);
    const target = await (options.dryRun || options.verify ? openReadOnly(database) : openDatabase(database));
    const run = { options, moodle, target, output, started: Date.now() };
    try {
      if (options.verify) return await verify(run);
      if (options.dryRun) return await importAll(run);
      return await withAdvisoryLock({ dataSource: target.dataSource, what: 'import' }, () => importAll(run));
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function importAll(run: ImportRun): Promise<boolean> {
  const { options, moodle, target, output, started } = run;
  const ledger = await LedgerRepository.open(target.sql, moodle.name);
  assertSameSource(ledger, moodle.name);
  const report = new Report((remark) => {
    output.remark(remark);
  });
  for (const { table, sessionTable } of moodle.sources) {
    if (sessionTable !== undefined) report.counts(sessionTable);
    report.counts(table);
  }
  const writer = new Writer(
    new TargetRepository(target.sql, target.transactions),
    target.transactions,
    moodle.name,
    started,
  );
  const maxBytes = Math.min(maxContentBytes, await target.maxTextBytes());
  const planning = { activities: moodle.activities, now: started, since: options.filter.since, maxBytes };
  const importer = new Importer(ledger, report, planning, async (batch) => {
    if (!options.dryRun) await writer.write(batch);
  });
  let total = 0;
  for (const source of moodle.sources) total += await source.count();
  const progress = createProgress(process.stderr, options.dryRun ? 'Reading' : 'Importing', total);
  let failure: string | null = null;
  try {
    await importer.run(moodle.sources, () => {
      progress.at(report.rows);
    });
  } catch (error) {
    failure = describeFailure(error);
  } finally {
    progress.end();
  }
  const counted = {
    tables: Object.fromEntries(report.tables),
    sessionsMade: report.sessionsMade,
    changed: report.changed,
  };
  output.end({ ...summary(run), ...counted, verification: null, failure });
  return failure === null;
}

async function verify(run: ImportRun): Promise<boolean> {
  const { options, moodle, target, output } = run;
  const ledger = await LedgerRepository.open(target.sql, moodle.name);
  assertSameSource(ledger, moodle.name);
  if (ledger.anySource === undefined) {
    throw new StartupError(
      [`nothing was imported from ${moodle.name} into this database: there is nothing to compare`],
      exitCodes.configuration,
    );
  }
  const recorded = new VerificationRepository(target.sql, moodle.name);
  const verifier = new ImportVerifier(moodle.sources, recorded, options.filter, (remark) => {
    output.remark(remark);
  });
  const progress = createProgress(process.stderr, 'Comparing', await recorded.count());
  let verification: Verification | null = null;
  let failure: string | null = null;
  try {
    verification = await verifier.run((messages) => {
      progress.at(messages);
    });
  } catch (error) {
    failure = describeFailure(error);
  } finally {
    progress.end();
  }
  output.end({ ...summary(run), tables: {}, sessionsMade: 0, changed: 0, verification, failure });
  return failure === null && verification?.different === 0;
}

function summary({ options, moodle, started }: ImportRun) {
  const mode: Summary['mode'] = options.verify ? 'verify' : options.dryRun ? 'dry run' : 'import';
  return {
    source: moodle.name,
    found: moodle.found,
    mode,
    seconds: Math.round((Date.now() - started) / 100) / 10,
    peakMemoryMiB: peakMemoryMiB(),
  };
}

/** Excludes error messages of database drivers: they may quote users' texts. */
function describeFailure(error: unknown): string {
  if (error instanceof StartupError) return error.lines.join('; ');
  if (isUnavailable(error)) return `the connection to a database was lost (${errorCode(error) ?? ''}): run it again`;
  const { type, code, message, cause } = serializeError(error);
  const description = [type, code, message].filter((part) => part !== undefined).join(' ');
  return cause === undefined ? description : `${description} (${[cause.type, cause.code].join(' ')})`;
}
