import { readId, type Owner } from '../owners/owner.js';
import { Batch, type SessionPlan } from './batch.js';
import type { ChatSource, OwnerNotes } from './chat-source.js';
import type { LedgerRepository } from './ledger.repository.js';
import { planMessage } from './message-plan.js';
import type { MoodleActivity } from './moodle.js';
import { OwnerSessions } from './owner-sessions.js';
import type { Report } from './report.js';

export interface PlannerOptions {
  activities: Map<number, MoodleActivity>;
  /** The time of the import, UTC milliseconds. */
  now: number;
  since: number | undefined;
  /** The longest content that the database here takes, in bytes of UTF-8. */
  mostBytes: number;
}

/** Reads one source and says what is to be written, batch by batch; tells the report what is not. */
export class Planner {
  #batch = new Batch();

  constructor(
    private readonly source: ChatSource,
    private readonly ledger: LedgerRepository,
    private readonly report: Report,
    private readonly options: PlannerOptions,
  ) {}

  async *batches(): AsyncGenerator<Batch> {
    for (let after: Owner | undefined; ;) {
      const owners = await this.source.owners(after);
      if (owners.length === 0) break;
      for (const owner of owners) {
        if (readId(owner.userId) === undefined || readId(owner.activityId) === undefined) await this.refuse(owner);
        else yield* this.ofOwner(owner);
      }
      after = owners.at(-1);
    }
    if (this.#batch.rows > 0) yield this.#batch;
  }

  private async *ofOwner(owner: Owner): AsyncGenerator<Batch> {
    const activity = this.options.activities.get(owner.activityId);
    const sessions = await OwnerSessions.of(owner, this.source, this.ledger);
    for await (const page of this.source.sessions(owner)) {
      for (const row of page) {
        const plan = sessions.add(row);
        if (plan.noted) this.countNotedSession();
        else if (this.isWanted(row)) this.use(owner, plan);
        yield* this.full();
      }
    }
    const notes = this.ledger.isEmpty ? undefined : this.notesOf(owner);
    for await (const page of this.source.messages(owner, notes)) {
      if (!notes) this.report.read(this.source.table, page.length);
      for (const [index, message] of page.entries()) {
        const note = { table: this.source.table, rowId: message.rowId };
        const plan = planMessage(message, this.options.now, this.options.mostBytes);
        if (message.sameAs !== undefined) {
          this.report.skip(note.table, message.name, `it is also the row ${message.sameAs}`);
          this.#batch.addSettled(owner, activity, note);
        } else if ('problem' in plan) {
          this.report.skip(note.table, message.name, plan.problem);
        } else {
          const session = await sessions.of(message, page.slice(index));
          this.use(owner, session);
          for (const change of plan.changes) this.report.change(note.table, message.name, change);
          this.#batch.addMessage(owner, activity, session, { ...plan, note, sessionId: session.id });
        }
        yield* this.full();
      }
    }
  }

  private *full(): Generator<Batch> {
    if (!this.#batch.isFull) return;
    yield this.#batch;
    this.#batch = new Batch();
  }

  /** The session is to be there. */
  private use(owner: Owner, session: SessionPlan): void {
    if (!session.noted) {
      const { table, sessionTable } = this.source;
      const hasRow = session.note.table === sessionTable;
      if (hasRow) this.report.read(sessionTable, 1);
      for (const change of session.changes) this.report.change(hasRow ? sessionTable : table, session.name, change);
    }
    this.#batch.addSession(owner, this.options.activities.get(owner.activityId), session);
  }

  /** With `since`, older sessions come when messages need them. */
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

  private countNotedSession(): void {
    const { sessionTable = '' } = this.source;
    this.report.read(sessionTable, 1);
    this.report.alreadyThere(sessionTable, 1);
  }

  private notesOf(owner: Owner): OwnerNotes {
    const { table } = this.source;
    return {
      unnoted: async (rowIds) => {
        const missing = await this.ledger.unnoted(owner, table, rowIds);
        this.report.read(table, rowIds.length);
        this.report.alreadyThere(table, rowIds.length - missing.length);
        return missing;
      },
      messageIds: () => this.ledger.messageIds(owner, table),
      unnotedIn: (other, rowIds) => this.ledger.unnoted(owner, other, rowIds),
    };
  }

  private async refuse(owner: Owner): Promise<void> {
    const { table, sessionTable = '' } = this.source;
    const reason = `user ${owner.userId} in activity ${owner.activityId}: ids are 1 to 4294967295`;
    for await (const page of this.source.sessions(owner)) {
      this.report.read(sessionTable, page.length);
      for (const { rowId } of page) this.report.skip(sessionTable, String(rowId), reason);
    }
    for await (const page of this.source.messages(owner, undefined)) {
      this.report.read(table, page.length);
      for (const { name } of page) this.report.skip(table, name, reason);
    }
  }
}
