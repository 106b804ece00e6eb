import { StartupError, exitCodes } from '../common/startup-error.js';
import type { Batch } from './batch.js';
import type { ChatSource } from './source/chat-source.js';
import type { LedgerRepository } from './ledger/ledger.repository.js';
import { Planner, type PlannerOptions } from './plan/planner.js';
import type { Report } from './report/report.js';

/** Writes a batch, whole or not at all. */
export type WriteBatch = (batch: Batch) => Promise<void>;

/** Brings what is new in the sources over, in batches that can be stopped anywhere. */
export class Importer {
  constructor(
    private readonly ledger: LedgerRepository,
    private readonly report: Report,
    private readonly options: PlannerOptions,
    private readonly write: WriteBatch,
  ) {}

  /** @param onBatch told after each batch */
  async run(sources: ChatSource[], onBatch: () => void): Promise<void> {
    for (const source of sources) {
      const batches = new Planner(source, this.ledger, this.report, this.options).batches();
      // The next one is read while this one is written.
      let next = batches.next();
      for (;;) {
        const result = await next;
        if (result.done) break;
        next = batches.next();
        // Where writing fails nobody waits for what is being read.
        next.catch(() => undefined);
        await this.write(result.value);
        this.report.imported(result.value);
        onBatch();
      }
    }
  }
}

/**
 * Two sites, or the plugin's two names in one, number their users or activities apart: their chats must not be mixed.
 * As it always was so, one row of the ledger tells what is there.
 * @throws StartupError
 */
export function assertSameSource({ anySource: other }: LedgerRepository, name: string): void {
  if (other === undefined || other === name) return;
  throw new StartupError(
    [
      `this store has chats of ${other}, and these are of ${name}: their ids mean others there; take them into a store of their own`,
    ],
    exitCodes.configuration,
  );
}
