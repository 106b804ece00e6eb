import type { Owner } from '../../owners/owner.js';
import { defaultTitle } from '../../sessions/session-rules.js';
import type { SessionPlan } from '../batch.js';
import type { ChatSource, SourceMessage, SourceSession } from '../source/chat-source.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { canBeTitle, hashNumber, toSessionId, toTitle, sessionKey, titleFrom } from './session-mapping.js';

/** Where the messages of one owner go. */
export class OwnerSessions {
  /** By what Moodle's database takes for one id. */
  readonly #plans = new Map<string, SessionPlan>();

  private constructor(
    private readonly owner: Owner,
    private readonly source: ChatSource,
    /** The sessions that have come before: by their rows' ids, and by the hashes of ids that have no row. */
    private readonly recordedRows: Map<number, string>,
    private readonly recordedIds: Map<number, string>,
  ) {}

  static async of(owner: Owner, source: ChatSource, ledger: LedgerRepository): Promise<OwnerSessions> {
    const { sessionTable } = source;
    return new OwnerSessions(
      owner,
      source,
      sessionTable === undefined ? new Map<number, string>() : await ledger.sessions(owner, sessionTable),
      await ledger.sessions(owner, idTable(source)),
    );
  }

  /** A session that has a row. */
  add(row: SourceSession): SessionPlan {
    const recorded = this.recordedRows.get(row.rowId);
    const key = sessionKey(row.id);
    // Messages of it may have come before its row did.
    const id = recorded ?? this.recordedIds.get(hashNumber(key)) ?? toSessionId(row.id);
    const title = toTitle(row.title);
    const twin = this.#plans.get(key);
    const plan = {
      id,
      title,
      createdAt: row.createdAt ?? row.modifiedAt,
      modifiedAt: row.modifiedAt ?? row.createdAt,
      active: row.active,
      ledgerEntry: { table: this.source.sessionTable ?? '', rowId: row.rowId },
      isRecorded: recorded !== undefined,
      name: String(row.rowId),
      changes: [
        ...(id === row.id ? [] : [`its id ${quote(row.id)} is here ${id}`]),
        ...(title === row.title ? [] : [`its title ${quote(row.title)} is here ${quote(title)}`]),
        ...(twin ? [`it is one chat with the row ${twin.name}`] : []),
      ],
    };
    if (!twin) this.#plans.set(key, plan);
    return plan;
  }

  /**
   * The session of a message.
   * @param following the message and some after it, one of which may be a user's first
   */
  async of(message: SourceMessage, following: SourceMessage[]): Promise<SessionPlan> {
    const key = sessionKey(message.session);
    const known = this.#plans.get(key);
    if (known) return known;
    const rowId = hashNumber(key);
    const recorded = this.recordedIds.get(rowId);
    const id = recorded ?? toSessionId(message.session);
    const plan = {
      id,
      title: this.source.title ?? (await this.titleOf(message.session, following)),
      createdAt: undefined,
      modifiedAt: undefined,
      active: false,
      ledgerEntry: { table: idTable(this.source), rowId },
      isRecorded: recorded !== undefined,
      name: message.name,
      changes: [message.session.trim(), 'default'].includes(id)
        ? []
        : [`its chat ${quote(message.session)} is here ${id}`],
    };
    this.#plans.set(key, plan);
    return plan;
  }

  private async titleOf(session: string, following: SourceMessage[]): Promise<string> {
    const key = sessionKey(session);
    const first = following.find((one) => canBeTitle(one) && sessionKey(one.session) === key);
    const content = first?.content ?? (await this.source.firstUserMessage(this.owner, session)) ?? '';
    return titleFrom(content) ?? defaultTitle;
  }
}

/** The ledger's name for sessions that have no row: noted by a hash of their id. */
function idTable({ table }: ChatSource): string {
  return `${table}.session`;
}

function quote(text: string | null): string {
  return JSON.stringify(text);
}
