import { StartupError, exitCodes } from '../../common/startup-error.js';
import { describeFailure, plannerOptions, summaryHead, targetReader, type ImportRun } from '../import-run.js';
import { assertSameSource } from '../importer.js';
import { LedgerRepository } from '../ledger/ledger.repository.js';
import { createProgress } from '../../common/progress.js';
import { AcknowledgementRepository } from './acknowledgements.repository.js';
import { DifferenceLog } from './difference-log.js';
import { ImportVerifier, type Verification } from './import-verifier.js';
import { UnimportedRows } from './unimported-rows.js';
import { VerificationRepository } from './verification.repository.js';

/**
 * Compares what was imported with its source, and what the source has with what was imported.
 * @returns false when it ended early, or found a difference that is not acknowledged
 * @throws StartupError exit code 78 when nothing was imported
 */
export async function verifyAll(run: ImportRun): Promise<boolean> {
  const { options, moodle, target, targetRetry, output, started } = run;
  const reader = targetReader(run);
  const ledger = await LedgerRepository.open(reader, moodle.name);
  assertSameSource(ledger, moodle);
  if (ledger.anySource === undefined) {
    throw new StartupError(
      [`nothing was imported from ${moodle.name} into this database: there is nothing to compare`],
      exitCodes.configuration,
    );
  }
  const recorded = new VerificationRepository(reader, moodle.name);
  const { sql, transactions } = target;
  const writing = { reader, sql, transactions, retry: targetRetry };
  const acknowledgements = new AcknowledgementRepository(writing, moodle.name);
  const { acknowledgement, filter } = options;
  const remark = output.remark.bind(output);
  const log = new DifferenceLog(acknowledgements, remark, acknowledgement === 'renew' ? started : undefined);
  const progress = createProgress(process.stderr, 'Comparing', await recorded.count());
  let verification: Verification | null = null;
  let failure: string | null = null;
  try {
    if (acknowledgement !== 'keep') await acknowledgements.withdraw(filter);
    const compared = await new ImportVerifier(moodle.sources, recorded, filter, log).run((messages) => {
      progress.at(messages);
    });
    const unimported = new UnimportedRows(ledger, await plannerOptions(run), log, await recorded.lastImportedAt());
    await unimported.run(moodle.sources);
    await log.save();
    const { different, acknowledged } = log;
    verification = { ...compared, different, acknowledged, newInSource: unimported.newInSource };
  } catch (error) {
    failure = describeFailure(error);
  } finally {
    progress.end();
  }
  const notCounted = { tables: {}, sessionsMade: 0, changed: 0, imbalances: [], inactiveUsers: null };
  output.end({ ...summaryHead(run), ...notCounted, verification, failure });
  return failure === null && verification?.different === 0;
}
