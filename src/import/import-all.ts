import { createProgress } from '../common/progress.js';
import { describeFailure, plannerOptions, summaryHead, targetReader, type ImportRun } from './import-run.js';
import { Importer, assertSameSource } from './importer.js';
import { LedgerRepository } from './ledger/ledger.repository.js';
import { countAll, countRows, findImbalances, unchangedCounts } from './report/balance.js';
import { Report } from './report/report.js';
import { MoodleUsersRepository, type InactiveUsers } from './source/moodle-users.repository.js';
import { TargetRepository } from './target/target.repository.js';
import { Writer } from './target/writer.js';

/**
 * Imports all that is new, or reports in a dry run what it would import.
 * @returns false when it ended early, or when the counts of a table do not add up
 */
export async function importAll(run: ImportRun): Promise<boolean> {
  const { options, moodle, source, output } = run;
  const ledger = await LedgerRepository.open(targetReader(run), moodle.name);
  assertSameSource(ledger, moodle);
  const report = Report.of(moodle.sources, output.remark.bind(output));
  const importer = new Importer(ledger, report, await plannerOptions(run), createWrite(run));
  const total = await countAll(moodle.sources);
  const progress = createProgress(process.stderr, options.dryRun ? 'Reading' : 'Importing', total);
  let failure: string | null = null;
  let imbalances: string[] = [];
  let inactiveUsers: InactiveUsers | null = null;
  try {
    const before = await countRows(moodle.sources);
    await importer.run(moodle.sources, () => {
      progress.at(report.rows);
    });
    const after = await countRows(moodle.sources);
    // In a dry run "imported" is what would be.
    imbalances = findImbalances(report.tables, unchangedCounts(before, after));
    inactiveUsers = await new MoodleUsersRepository(source, options.prefix).findInactive(report.users);
  } catch (error) {
    failure = describeFailure(error);
  } finally {
    progress.end();
  }
  const { tables, sessionsMade, changed } = report;
  const counted = { tables: Object.fromEntries(tables), sessionsMade, changed, imbalances, inactiveUsers };
  output.end({ ...summaryHead(run), ...counted, verification: null, failure });
  return failure === null && imbalances.length === 0;
}

function createWrite({ options, target, targetRetry, lock, moodle, started }: ImportRun) {
  const repository = new TargetRepository(target.sql, target.transactions);
  const writer = new Writer(repository, target.transactions, moodle.name, started);
  return async (batch: Parameters<Writer['write']>[0]): Promise<void> => {
    if (options.dryRun) return;
    let isRepeated = false;
    await targetRetry(
      () => writer.write(batch, isRepeated),
      async () => {
        isRepeated = true;
        await lock?.ensureHeld();
      },
    );
  };
}
