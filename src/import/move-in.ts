import { loggable } from '../common/loggable.js';
import { StartupError, exitCodes } from '../common/startup-error.js';
import type { DatabaseConfig, TlsConfig } from '../config/config.js';
import { alone } from '../database/alone.js';
import { errorCode, isUnavailable } from '../database/driver-errors.js';
import { ForeignDatabase } from '../database/foreign-database.js';
import { openDatabase, openForReading, type OpenDatabase } from '../database/open-database.js';
import type { ImportOptions } from './import-options.js';
import { Importer, refuseOtherSource } from './importer.js';
import { LedgerRepository } from './ledger.repository.js';
import { maxContentBytes } from './message-plan.js';
import { MoodleRepository, type Moodle } from './moodle.repository.js';
import type { Output } from './output.js';
import { progressOf } from './progress.js';
import { peakMemoryMiB } from './peak-memory.js';
import { Report } from './report.js';
import type { Summary } from './summary.js';
import { TargetRepository } from './target.repository.js';
import { VerificationRepository } from './verification.repository.js';
import { Verifier, type Verification } from './verifier.js';
import { Writer } from './writer.js';

/** What is at hand when both databases are open. */
interface Move {
  options: ImportOptions;
  moodle: Moodle;
  target: OpenDatabase;
  output: Output;
  /** UTC milliseconds. */
  started: number;
}

/**
 * Does what the options say, and gives the report.
 * @returns whether nothing failed, and nothing differs
 * @throws StartupError when it could not begin
 */
export async function moveIn(
  options: ImportOptions & { tls?: TlsConfig },
  database: DatabaseConfig,
  output: Output,
): Promise<boolean> {
  const source = await ForeignDatabase.open({
    ...options.from,
    ...(options.tls ?? { tls: 'off', tlsCaFile: undefined }),
  });
  try {
    const filter = options.verify ? { ...options.filter, since: undefined } : options.filter;
    const moodle = await new MoodleRepository(source, options.prefix).open(options.module, filter);
    const target = await (options.dryRun || options.verify ? openForReading(database) : openDatabase(database));
    const move = { options, moodle, target, output, started: Date.now() };
    try {
      if (options.verify) return await verify(move);
      if (options.dryRun) return await bring(move);
      return await alone({ dataSource: target.dataSource, what: 'import' }, () => bring(move));
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function bring(move: Move): Promise<boolean> {
  const { options, moodle, target, output, started } = move;
  const ledger = await LedgerRepository.open(target.sql, moodle.name);
  refuseOtherSource(ledger, moodle.name);
  const report = new Report((remark) => {
    output.remark(remark);
  });
  for (const { table, sessionTable } of moodle.sources) {
    if (sessionTable !== undefined) report.counts(sessionTable);
    report.counts(table);
  }
  const writer = new Writer(new TargetRepository(target.sql, target.unit), target.unit, moodle.name, started);
  const mostBytes = Math.min(maxContentBytes, await target.longestText());
  const planning = { activities: moodle.activities, now: started, since: options.filter.since, mostBytes };
  const importer = new Importer(ledger, report, planning, async (batch) => {
    if (!options.dryRun) await writer.write(batch);
  });
  let total = 0;
  for (const source of moodle.sources) total += await source.count();
  const progress = progressOf(process.stderr, options.dryRun ? 'Reading' : 'Importing', total);
  let failure: string | null = null;
  try {
    await importer.run(moodle.sources, () => {
      progress.at(report.rows);
    });
  } catch (error) {
    failure = words(error);
  } finally {
    progress.end();
  }
  const counted = {
    tables: Object.fromEntries(report.tables),
    sessionsMade: report.sessionsMade,
    changed: report.changed,
  };
  output.end({ ...summary(move), ...counted, verification: null, failure });
  return failure === null;
}

async function verify(move: Move): Promise<boolean> {
  const { options, moodle, target, output } = move;
  const ledger = await LedgerRepository.open(target.sql, moodle.name);
  refuseOtherSource(ledger, moodle.name);
  if (ledger.anySource === undefined) {
    throw new StartupError(
      [`nothing was imported from ${moodle.name} into this database: there is nothing to compare`],
      exitCodes.configuration,
    );
  }
  const noted = new VerificationRepository(target.sql, moodle.name);
  const verifier = new Verifier(moodle.sources, noted, options.filter, (remark) => {
    output.remark(remark);
  });
  const progress = progressOf(process.stderr, 'Comparing', await noted.count());
  let verification: Verification | null = null;
  let failure: string | null = null;
  try {
    verification = await verifier.run((messages) => {
      progress.at(messages);
    });
  } catch (error) {
    failure = words(error);
  } finally {
    progress.end();
  }
  output.end({ ...summary(move), tables: {}, sessionsMade: 0, changed: 0, verification, failure });
  return failure === null && verification?.different === 0;
}

function summary({ options, moodle, started }: Move) {
  const mode: Summary['mode'] = options.verify ? 'verify' : options.dryRun ? 'dry run' : 'import';
  return {
    source: moodle.name,
    found: moodle.found,
    mode,
    seconds: Math.round((Date.now() - started) / 100) / 10,
    peakMemoryMiB: peakMemoryMiB(),
  };
}

/** No driver's words: they quote people's texts. */
function words(error: unknown): string {
  if (error instanceof StartupError) return error.lines.join('; ');
  if (isUnavailable(error)) return `the connection to a database was lost (${errorCode(error) ?? ''}): run it again`;
  const { type, code, message, cause } = loggable(error);
  const known = [type, code, message].filter((part) => part !== undefined).join(' ');
  return cause === undefined ? known : `${known} (${[cause.type, cause.code].join(' ')})`;
}
