import type { Owner } from '../../owners/owner.js';
import { Batch, type SessionPlan } from '../batch.js';
import type { ChatSource, LedgerView } from '../source/chat-source.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { planMessage } from './message-plan.js';
import type { MoodleActivity } from '../source/plugin-types.js';
import { OwnerSessions } from './owner-sessions.js';
import type { Report } from '../report/report.js';

export interface PlannerOptions {
  activities: Map<number, MoodleActivity>;
  /** The time of the import, UTC milliseconds. */
  now: number;
  since: number | undefined;
  /** The longest content that the target database accepts, in UTF-8 bytes. */
  maxBytes: number;
}

/** Reads one source and plans its unrecorded rows in batches; adds skipped and changed rows to the report. */
export class Planner {
  #batch = new Batch();

  constructor(
    private readonly source: ChatSource,
    private readonly ledger: LedgerRepository,
    private readonly report: Report,
    private readonly options: PlannerOptions,
  ) {}

  async *batches(): AsyncGenerator<Batch> {
    for await (const page of this.source.unusableRows()) {
      for (const { table, name, problem } of page) {
        this.report.read(table, 1);
        this.report.skip(table, name, problem);
      }
    }
    for (let after: Owner | undefined; ;) {
      const owners = await this.source.owners(after);
      if (owners.length === 0) break;
      for (const owner of owners) yield* this.planOwner(owner);
      after = owners.at(-1);
    }
    if (this.#batch.rows > 0) yield this.#batch;
  }

  private async *planOwner(owner: Owner): AsyncGenerator<Batch> {
    this.report.users.add(owner.userId);
    const activity = this.options.activities.get(owner.activityId);
    const sessions = await OwnerSessions.load(owner, this.source, this.ledger);
    for await (const page of this.source.sessions(owner)) {
      for (const row of page) {
        if (row.problem !== undefined) {
          this.skipSession(row.name, row.problem);
          continue;
        }
        const plan = sessions.add(row);
        if (plan.isRecorded) this.countRecordedSession();
        else if (this.isWanted(row)) this.useSession(owner, plan);
        yield* this.flushIfFull();
      }
    }
    const ledger = this.ledger.isEmpty ? undefined : this.createLedgerView(owner);
    for await (const page of this.source.messages(owner, ledger)) {
      this.report.read(this.source.table, page.length);
      for (const [index, message] of page.entries()) {
        const ledgerEntry = { table: this.source.table, rowId: message.rowId };
        const plan = planMessage(message, this.options.now, this.options.maxBytes);
        if (message.sameAs !== undefined) {
          this.report.skip(ledgerEntry.table, message.name, `it is a duplicate of the row ${message.sameAs}`);
          this.#batch.addDuplicate(owner, activity, ledgerEntry);
        } else if ('problem' in plan) {
          this.report.skip(ledgerEntry.table, message.name, plan.problem);
        } else {
          const session = await sessions.forMessage(message, page.slice(index));
          this.useSession(owner, session);
          for (const change of plan.changes) this.report.change(ledgerEntry.table, message.name, change);
          const { name } = message;
          this.#batch.addMessage(owner, activity, session, { ...plan, name, ledgerEntry, sessionId: session.id });
        }
        yield* this.flushIfFull();
      }
    }
  }

  private *flushIfFull(): Generator<Batch> {
    if (!this.#batch.isFull) return;
    yield this.#batch;
    this.#batch = new Batch();
  }

  /** Adds the session to the batch, and to the report if it is not recorded yet. */
  private useSession(owner: Owner, session: SessionPlan): void {
    if (!session.isRecorded) {
      const { table, sessionTable } = this.source;
      const hasRow = session.ledgerEntry.table === sessionTable;
      if (hasRow) this.report.read(sessionTable, 1);
      for (const change of session.changes) this.report.change(hasRow ? sessionTable : table, session.name, change);
    }
    this.#batch.addSession(owner, this.options.activities.get(owner.activityId), session);
  }

  /** Sessions older than `since` are imported only with their messages. */
  private isWanted({
    createdAt,
    modifiedAt,
  }: {
    createdAt: number | undefined;
    modifiedAt: number | undefined;
  }): boolean {
    const { since } = this.options;
    return since === undefined || Math.max(createdAt ?? 0, modifiedAt ?? 0) >= since;
  }

  private countRecordedSession(): void {
    const { sessionTable = '' } = this.source;
    this.report.read(sessionTable, 1);
    this.report.alreadyThere(sessionTable, 1);
  }

  private skipSession(name: string, problem: string): void {
    const { sessionTable = '' } = this.source;
    this.report.read(sessionTable, 1);
    this.report.skip(sessionTable, name, problem);
  }

  private createLedgerView(owner: Owner): LedgerView {
    const { table } = this.source;
    return {
      notRecorded: async (rowIds) => {
        const missing = await this.ledger.notRecorded(owner, table, rowIds);
        this.report.read(table, rowIds.length - missing.length);
        this.report.alreadyThere(table, rowIds.length - missing.length);
        return missing;
      },
      messageIds: () => this.ledger.messageIds(owner, table),
      notRecordedIn: (otherTable, rowIds) => this.ledger.notRecorded(owner, otherTable, rowIds),
    };
  }
}
