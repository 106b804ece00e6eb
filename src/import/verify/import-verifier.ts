import { createHash, type Hash } from 'node:crypto';
import type { Owner } from '../../owners/owner.js';
import type { LedgerRepository } from '../ledger/ledger.repository.js';
import { planHead } from '../plan/message-plan.js';
import { OwnerSessions } from '../plan/owner-sessions.js';
import { sessionKey } from '../plan/session-mapping.js';
import type { ChatSource, SourceDigest } from '../source/chat-source.js';
import type { ImportFilter } from '../source/plugin-types.js';
import type { DifferenceLog } from './difference-log.js';
import { describePlace, messageDigest, movedDigest } from './difference.js';
import { rowsPerQuery, type RecordedRow, type VerificationRepository } from './verification.repository.js';

/** What was compared of the imported messages. */
export interface Comparison {
  owners: number;
  /** Recorded messages. */
  messages: number;
  /** Owners whose messages differ in number or checksum, up to `maxListedOwners`. */
  differentOwners: OwnerDifference[];
}

/** The result of a verification. */
export interface Verification extends Comparison {
  /** How many messages and chats differ, without the acknowledged ones. */
  different: number;
  /** How many differences are acknowledged. */
  acknowledged: number;
  /** Rows that Moodle saved since the last import. */
  newInSource: number;
}

/** The messages of an owner in the source or in this store: their number, and SHA-256 over role, time and content. */
interface Side {
  count: number;
  checksum: string;
}

/** A message of the source; its digest is undefined when it is no longer valid. */
interface Expected {
  name: string;
  digest: string | undefined;
  isTimeless: boolean;
  /** Whether its chat is another one than in this store. */
  isMoved: boolean;
}

export interface OwnerDifference {
  owner: Owner;
  source: Side;
  here: Side;
}

/** Maximum number of owners listed in the report; the counts include all. */
const maxListedOwners = 1000;
/** The table of a difference that only this store has. */
const hereTable = 'here';

class SideDigest {
  count = 0;
  readonly #hash: Hash = createHash('sha256');

  add(digest: string | undefined): void {
    if (digest === undefined) return;
    this.count++;
    this.#hash.update(digest);
  }

  end(): Side {
    return { count: this.count, checksum: this.#hash.digest('hex') };
  }
}

/** Compares imported messages with their source, owner by owner, by digests of their bytes. Reads only. */
export class ImportVerifier {
  constructor(
    private readonly sources: ChatSource[],
    /** Tables that were imported from, and that no source has any more. */
    private readonly missingTables: string[],
    private readonly recorded: VerificationRepository,
    private readonly ledger: LedgerRepository,
    private readonly filter: ImportFilter,
    private readonly log: DifferenceLog,
  ) {}

  /** @param onOwner called after each owner with the number of messages so far */
  async run(onOwner: (messages: number) => void): Promise<Comparison> {
    const result = { owners: 0, messages: 0, differentOwners: [] };
    for (let after: Owner | undefined; ;) {
      const owners = await this.recorded.owners(after, this.filter);
      if (owners.length === 0) return result;
      for (const owner of owners) {
        await this.compare(owner, result);
        onOwner(result.messages);
      }
      after = owners.at(-1);
    }
  }

  private async compare(owner: Owner, result: Comparison): Promise<void> {
    const { different } = this.log;
    await this.log.startOwner(owner);
    const [sourceSide, targetSide] = [new SideDigest(), new SideDigest()];
    for (const source of this.sources) {
      await this.reportDeletedSessions(owner, source);
      for await (const [entry, candidates] of this.recordedMessages(owner, source)) {
        // Several rows of a hand-made table may have the id.
        const expected =
          candidates.find((candidate) => candidate.digest === targetDigest(entry, candidate)) ?? candidates[0];
        const found = targetDigest(entry, expected);
        sourceSide.add(expected?.digest);
        targetSide.add(found);
        result.messages++;
        if (expected?.digest === found && found !== undefined) continue;
        await this.log.add({
          ...{ owner, table: source.table, rowId: entry.rowId, row: expected?.name ?? String(entry.rowId) },
          reason: describeDifference(owner, entry, expected, found),
          sourceDigest: expected?.digest ?? null,
          targetDigest: found ?? null,
        });
      }
    }
    for (const table of this.missingTables) result.messages += await this.reportMissing(owner, table, targetSide);
    await this.reportUnrecorded(owner, targetSide);
    result.owners++;
    if (this.log.different === different || result.differentOwners.length >= maxListedOwners) return;
    const sides = { owner, source: sourceSide.end(), here: targetSide.end() };
    if (sides.source.checksum !== sides.here.checksum) result.differentOwners.push(sides);
  }

  /** The recorded messages of an owner, each with the rows of the source that have its id. */
  private async *recordedMessages(owner: Owner, source: ChatSource): AsyncGenerator<[RecordedRow, Expected[]]> {
    const sessions = await this.sessions(owner, source);
    for await (const page of this.pages(owner, source.table)) {
      const digests = await this.sourceDigests(owner, source, sessions, page);
      for (const entry of page) if (entry.sessionId !== null) yield [entry, digests.get(entry.rowId) ?? []];
    }
  }

  /** @returns the number of messages */
  private async reportMissing(owner: Owner, table: string, targetSide: SideDigest): Promise<number> {
    let messages = 0;
    for await (const page of this.pages(owner, table)) {
      for (const entry of page) {
        const { rowId, sessionId, sequence } = entry;
        if (sessionId === null) continue;
        const found = targetDigest(entry, undefined);
        targetSide.add(found);
        if (sequence !== null) messages++;
        const reason = `its table no longer exists in the source, or cannot be read (${describePlace(owner, { sessionId, sequence })})`;
        const row = { owner, table, rowId, row: String(rowId), reason };
        await this.log.add({ ...row, sourceDigest: null, targetDigest: found ?? null });
      }
    }
    return messages;
  }

  /** Pages of the recorded rows of a table. */
  private async *pages(owner: Owner, table: string): AsyncGenerator<RecordedRow[]> {
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      const page = await this.recorded.rows(owner, table, after);
      const last = page.at(-1);
      if (!last) return;
      yield page;
      if (page.length < rowsPerQuery) return;
      after = last.rowId;
    }
  }

  private async reportDeletedSessions(owner: Owner, source: ChatSource): Promise<void> {
    const { sessionTable: table } = source;
    if (table === undefined) return;
    for (const { rowId, sessionId } of await this.recorded.deletedSessions(owner, table)) {
      const place = describePlace(owner, { sessionId, sequence: null });
      const reason = `no longer exists in this store: the chat was deleted (${place})`;
      await this.log.add({ owner, table, rowId, row: String(rowId), reason, sourceDigest: null, targetDigest: null });
    }
  }

  private async reportUnrecorded(owner: Owner, targetSide: SideDigest): Promise<void> {
    for (let after = 0; ;) {
      const page = await this.recorded.unrecordedMessages(owner, after);
      const last = page.at(-1);
      if (!last) return;
      for (const message of page) {
        const { messageId: rowId, role, timestamp, contentDigest } = message;
        const digest = messageDigest(role, timestamp, contentDigest);
        targetSide.add(digest);
        const reason = `exists only in this store, and is older than the import (${describePlace(owner, message)})`;
        const row = { owner, table: hereTable, rowId, row: String(rowId), reason };
        await this.log.add({ ...row, sourceDigest: null, targetDigest: digest });
      }
      after = last.messageId;
    }
  }

  /** The chats of the source, as an import would map them now. */
  private async sessions(owner: Owner, source: ChatSource): Promise<OwnerSessions> {
    const sessions = await OwnerSessions.load(owner, source, this.ledger);
    for await (const page of source.sessions(owner)) {
      for (const row of page) if (row.problem === undefined) sessions.add(row);
    }
    return sessions;
  }

  private async sourceDigests(
    owner: Owner,
    source: ChatSource,
    sessions: OwnerSessions,
    page: RecordedRow[],
  ): Promise<Map<number, Expected[]>> {
    const entries = new Map(page.map((entry) => [entry.rowId, entry]));
    const digests = new Map<number, Expected[]>();
    for await (const messages of source.digests(owner, [...entries.keys()])) {
      for (const message of messages) {
        const { rowId, name, isTimeless = false, sessionInTable } = message;
        const { importedAt = 0, sessionId = null } = entries.get(rowId) ?? {};
        const session = sessionInTable === undefined ? sessionId : sessions.idOf(sessionInTable);
        const isMoved = session !== null && sessionId !== null && sessionKey(session) !== sessionKey(sessionId);
        const unmoved = sourceDigest(message, importedAt);
        const digest = isMoved && unmoved !== undefined ? movedDigest(unmoved, session) : unmoved;
        digests.set(rowId, [...(digests.get(rowId) ?? []), { name, digest, isTimeless, isMoved }]);
      }
    }
    return digests;
  }
}

function targetDigest(
  { role, timestamp, contentDigest }: RecordedRow,
  expected: Expected | undefined,
): string | undefined {
  if (role === null || timestamp === null || contentDigest === null) return undefined;
  return messageDigest(role, expected?.isTimeless ? undefined : timestamp, contentDigest);
}

/** Plans the message as its import did: future times were judged by the clock of that time. */
function sourceDigest(message: SourceDigest, importedAt: number): string | undefined {
  const plan = planHead(message, importedAt);
  if ('problem' in plan || message.contentDigest === undefined) return undefined;
  return messageDigest(plan.role, message.isTimeless ? undefined : plan.timestamp, message.contentDigest);
}

function describeDifference(
  owner: Owner,
  { sessionId, sequence }: RecordedRow,
  expected: Expected | undefined,
  found: string | undefined,
): string {
  const place = describePlace(owner, { sessionId: sessionId ?? '', sequence });
  if (found === undefined)
    return `no longer exists in this store: the message was deleted, or its chat was deleted or cleared (${place})`;
  if (!expected) return `no longer exists in the source (${place})`;
  if (expected.digest === undefined) return `is no longer a valid message in the source (${place})`;
  if (expected.isMoved) return `is in another chat in the source (${place})`;
  return `has another role, content or time (${place})`;
}
