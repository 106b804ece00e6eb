import type { Owner } from '../../owners/owner.js';
import { defaultTitle } from '../../sessions/session-rules.js';
import type { SessionPlan } from '../batch.js';
import type { ChatSource, SourceMessage, SourceSession } from '../source/chat-source.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { canBeTitle, hashNumber, toSessionId, toTitle, sessionKey, titleFrom } from './session-mapping.js';

/** How much of a text of the source the report shows, in UTF-16 units. */
const maxQuotedUnits = 300;
const idTableSuffix = '.session';

/** Maps the source sessions of one owner to target sessions. */
export class OwnerSessions {
  /** By `sessionKey`: ids that Moodle's database compares as equal share a plan. */
  readonly #plans = new Map<string, SessionPlan>();

  private constructor(
    private readonly owner: Owner,
    private readonly source: ChatSource,
    /** Sessions from earlier imports: by their row's id, and by a hash of the id of sessions without a row. */
    private readonly recordedRows: Map<number, string>,
    private readonly recordedIds: Map<number, string>,
  ) {}

  static async load(owner: Owner, source: ChatSource, ledger: LedgerRepository): Promise<OwnerSessions> {
    const { sessionTable } = source;
    return new OwnerSessions(
      owner,
      source,
      sessionTable === undefined ? new Map<number, string>() : await ledger.sessions(owner, sessionTable),
      await ledger.sessions(owner, idTable(source)),
    );
  }

  /** Adds a session that has a row. */
  add(row: SourceSession): SessionPlan {
    const recorded = this.recordedRows.get(row.rowId);
    const key = sessionKey(row.id);
    // Its messages may have been imported before its row.
    const id = recorded ?? this.recordedIds.get(hashNumber(key)) ?? toSessionId(row.id);
    const title = toTitle(row.title);
    const duplicate = this.#plans.get(key);
    const plan = {
      id,
      title,
      createdAt: row.createdAt ?? row.modifiedAt,
      modifiedAt: row.modifiedAt ?? row.createdAt,
      active: row.active,
      ledgerEntry: { table: this.source.sessionTable ?? '', rowId: row.rowId },
      isRecorded: recorded !== undefined,
      name: row.name,
      changes: [
        ...(id === row.id ? [] : [`its id ${quote(row.id)} became ${id}`]),
        ...(title === row.title ? [] : [`its title ${quote(row.title)} became ${JSON.stringify(title)}`]),
        ...(duplicate ? [`it has the same id as the row ${duplicate.name}: they become one chat`] : []),
      ],
    };
    if (!duplicate) this.#plans.set(key, plan);
    return plan;
  }

  /**
   * The target session of a message.
   * @param following the message and those after it in its page, to find the first user message for a title
   */
  async forMessage(message: SourceMessage, following: SourceMessage[]): Promise<SessionPlan> {
    const key = sessionKey(message.session);
    const known = this.#plans.get(key);
    if (known) return known;
    const rowId = hashNumber(key);
    const id = this.idOf(message.session);
    const plan = {
      id,
      title: this.source.title ?? (await this.titleOf(message.session, following)),
      createdAt: undefined,
      modifiedAt: undefined,
      active: false,
      ledgerEntry: { table: idTable(this.source), rowId },
      isRecorded: this.recordedIds.has(rowId),
      name: message.name,
      changes: [message.session.trim(), 'default'].includes(id)
        ? []
        : [`its chat ${quote(message.session)} became ${id}`],
    };
    this.#plans.set(key, plan);
    return plan;
  }

  /** The target id of a session of the source. */
  idOf(session: string): string {
    const key = sessionKey(session);
    return this.#plans.get(key)?.id ?? this.recordedIds.get(hashNumber(key)) ?? toSessionId(session);
  }

  private async titleOf(session: string, following: SourceMessage[]): Promise<string> {
    const key = sessionKey(session);
    const first = following.find((message) => canBeTitle(message) && sessionKey(message.session) === key);
    const content = first?.content ?? (await this.source.firstUserMessage(this.owner, session)) ?? '';
    return titleFrom(content) ?? defaultTitle;
  }
}

/** A text of the source for the report; NULL is null. */
function quote(text: string | null): string {
  if (text === null || text.length <= maxQuotedUnits) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, maxQuotedUnits).toWellFormed())} (${text.length} characters)`;
}

/** The table name in the ledger for sessions without a row, which are recorded by a hash of their id. */
function idTable({ table }: ChatSource): string {
  return `${table}${idTableSuffix}`;
}

/** Whether the ledger entries of this table are sessions without a row. */
export function isIdTable(table: string): boolean {
  return table.endsWith(idTableSuffix);
}
