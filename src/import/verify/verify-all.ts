import { StartupError, configurationError } from '../../common/startup-error.js';
import { describeFailure, plannerOptions, summaryHead, targetReader, type ImportRun } from '../import-run.js';
import { assertSameSource } from '../importer.js';
import { LedgerRepository } from '../ledger/ledger.repository.js';
import { createProgress } from '../../common/progress.js';
import { countAll } from '../report/balance.js';
import { isIdTable } from '../plan/owner-sessions.js';
import type { ChatSource } from '../source/chat-source.js';
import { AcknowledgementRepository } from './acknowledgements.repository.js';
import { DifferenceLog } from './difference-log.js';
import { ImportVerifier, type Verification } from './import-verifier.js';
import { UnimportedRows } from './unimported-rows.js';
import { VerificationRepository } from './verification.repository.js';

/**
 * Compares what was imported with its source, and what the source has with what was imported.
 * @returns false when it ended early, did not read every row of the source, or found a difference that is not
 *   acknowledged
 * @throws StartupError exit code 78 when nothing was imported
 */
export async function verifyAll(run: ImportRun): Promise<boolean> {
  const { options, moodle, target, targetRetry, output, started } = run;
  const { acknowledgement, filter } = options;
  const reader = targetReader(run);
  const ledger = await LedgerRepository.open(reader, moodle.name);
  const recorded = new VerificationRepository(reader, moodle.name);
  const tables = await recorded.tables(filter);
  await assertImported(run, ledger, tables);
  const { sql, transactions } = target;
  const acknowledgements = new AcknowledgementRepository(
    { reader, sql, transactions, retry: targetRetry },
    moodle.name,
  );
  const remark = output.remark.bind(output);
  const log = new DifferenceLog(acknowledgements, remark, acknowledgement === 'renew' ? started : undefined);
  const messages = [...tables.values()].reduce((sum, count) => sum + count, 0);
  const progress = createProgress(process.stderr, 'Comparing', messages);
  let verification: Verification | null = null;
  let imbalances: string[] = [];
  let failure: string | null = null;
  try {
    if (acknowledgement === 'withdraw') await acknowledgements.withdraw(filter);
    if (acknowledgement === 'renew') await acknowledgements.discardPending();
    const verifier = new ImportVerifier(
      moodle.sources,
      missingTables(tables, moodle.sources),
      recorded,
      ledger,
      filter,
      log,
    );
    const compared = await verifier.run((count) => {
      progress.at(count);
    });
    const unimported = new UnimportedRows(ledger, await plannerOptions(run), log, await recorded.lastImportedAt());
    imbalances = await unimported.run(moodle.sources);
    if (imbalances.length > 0 && acknowledgement === 'renew') {
      throw new StartupError(['nothing was acknowledged, because not every row of the source was read']);
    }
    await log.acknowledge(filter);
    const { different, acknowledged } = log;
    verification = { ...compared, different, acknowledged, newInSource: unimported.newInSource };
  } catch (error) {
    failure = describeFailure(error);
  } finally {
    progress.end();
  }
  const notCounted = { tables: {}, sessionsMade: 0, changed: 0, imbalances, inactiveUsers: null };
  output.end({ ...summaryHead(run), ...notCounted, verification, failure });
  return failure === null && verification?.different === 0 && imbalances.length === 0;
}

/** @throws StartupError exit code 78 when nothing was imported, or nothing within the filter and the source has nothing */
async function assertImported(
  { moodle }: ImportRun,
  ledger: LedgerRepository,
  tables: Map<string, number>,
): Promise<void> {
  assertSameSource(ledger, moodle);
  if (tables.size > 0) return;
  const nothing = `nothing was imported from ${moodle.name} into this database`;
  if (ledger.anySource === undefined) {
    throw configurationError(`${nothing}: there is nothing to compare`);
  }
  // Rows that should have been imported are differences.
  if ((await countAll(moodle.sources)) > 0) return;
  throw configurationError(
    `${nothing} for this user or activity, and the source has nothing either: check --user and --activity`,
  );
}

/** The tables that were imported from, and that no source has any more. */
function missingTables(tables: Map<string, number>, sources: ChatSource[]): string[] {
  const present = new Set(
    sources.flatMap(({ table, sessionTable, hasSessionTable }) => [table, ...(hasSessionTable ? [sessionTable] : [])]),
  );
  return [...tables.keys()].filter((table) => !present.has(table) && !isIdTable(table));
}
