import { sha256Hex } from '../../common/hash.js';
import { clockToleranceMs } from '../../messages/message-rules.js';
import type { OwnerPart } from '../batch.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { Planner, type PlannerOptions } from '../plan/planner.js';
import { countRows, findImbalances, unchangedCounts } from '../report/balance.js';
import { Report } from '../report/report.js';
import type { ChatSource } from '../source/chat-source.js';
import type { DifferenceLog } from './difference-log.js';
import { messageDigest } from './difference.js';

/** Finds the rows that an import would bring: those that Moodle saved before the last import should be here. */
export class UnimportedRows {
  /** Rows that Moodle saved since the last import. */
  newInSource = 0;

  constructor(
    private readonly ledger: LedgerRepository,
    private readonly options: PlannerOptions,
    private readonly log: DifferenceLog,
    /** UTC milliseconds. */
    private readonly lastImportedAt: number,
  ) {}

  /** @returns the tables of which not every row was read, one line each */
  async run(sources: ChatSource[]): Promise<string[]> {
    const report = Report.of(sources, () => undefined);
    const before = await countRows(sources);
    for (const source of sources) {
      const planner = new Planner(source, this.ledger, report, this.options);
      for await (const batch of planner.batches()) {
        for (const part of batch.parts) await this.add(source, part);
        report.imported(batch);
      }
    }
    return findImbalances(report.tables, unchangedCounts(before, await countRows(sources)));
  }

  private async add({ sessionTable }: ChatSource, { owner, newSessions, messages }: OwnerPart): Promise<void> {
    await this.log.startOwner(owner);
    const where = `user ${owner.userId}, activity ${owner.activityId}`;
    for (const { ledgerEntry, createdAt, name, id } of newSessions) {
      if (ledgerEntry.table !== sessionTable) continue;
      if (this.isNew(createdAt)) continue;
      const reason = `was not imported (${id}, ${where})`;
      await this.log.add({ owner, ...ledgerEntry, row: name, reason, sourceDigest: null, targetDigest: null });
    }
    for (const { ledgerEntry, name, createdAt, role, content, sessionId } of messages) {
      if (this.isNew(createdAt)) continue;
      const reason = `was not imported (in ${sessionId}, ${where})`;
      // Its time may be that of a future import.
      const sourceDigest = messageDigest(role, undefined, sha256Hex(content));
      await this.log.add({ owner, ...ledgerEntry, row: name, reason, sourceDigest, targetDigest: null });
    }
  }

  /** The clock of Moodle may be behind the one of the import. */
  private isNew(createdAt: number | undefined): boolean {
    const isNew = createdAt !== undefined && createdAt > this.lastImportedAt - clockToleranceMs;
    if (isNew) this.newInSource++;
    return isNew;
  }
}
