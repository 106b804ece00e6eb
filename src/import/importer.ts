import { configurationError } from '../common/startup-error.js';
import type { Batch } from './batch.js';
import type { ChatSource } from './source/chat-source.js';
import type { LedgerRepository } from './ledger/ledger.repository.js';
import { Planner, type PlannerOptions } from './plan/planner.js';
import type { PluginData } from './source/plugin-schema.repository.js';
import type { Report } from './report/report.js';

/** Writes a batch in one transaction. */
export type WriteBatch = (batch: Batch) => Promise<void>;

/** Imports all unrecorded rows of the sources in batches. It may be killed at any point and run again. */
export class Importer {
  constructor(
    private readonly ledger: LedgerRepository,
    private readonly report: Report,
    private readonly options: PlannerOptions,
    private readonly write: WriteBatch,
  ) {}

  /** @param onBatch called after each batch */
  async run(sources: ChatSource[], onBatch: () => void): Promise<void> {
    for (const source of sources) {
      const batches = new Planner(source, this.ledger, this.report, this.options).batches();
      // Read the next batch while this one is written.
      let next = batches.next();
      for (;;) {
        const result = await next;
        if (result.done) break;
        next = batches.next();
        // When a write fails, the pending read is never awaited.
        next.catch(() => undefined);
        await this.write(result.value);
        this.report.imported(result.value);
        onBatch();
      }
    }
  }
}

/**
 * Refuses to mix chats of two sites, or of the plugin's two names: the same user or activity id means different things
 * in each. Every import checks this, so one row of the ledger identifies the source of all of them.
 * @throws StartupError exit code 78
 */
export function assertSameSource(
  { anySource }: LedgerRepository,
  { name, fallbackName, fallbackReason }: PluginData,
): void {
  if (anySource === undefined || anySource === name) return;
  if (anySource === fallbackName) {
    throw configurationError(
      `this store has chats of ${anySource}, imported from a database of this name when its siteidentifier could not be read: withdraw the right to read it again, or import into a separate store`,
    );
  }
  const source = fallbackReason === undefined ? name : `${name} (${fallbackReason})`;
  throw configurationError(
    `this store has chats of ${anySource}, and the source is ${source}: their user and activity ids are unrelated; import into a separate store`,
  );
}
