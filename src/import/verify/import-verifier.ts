import { createHash, type Hash } from 'node:crypto';
import type { Owner } from '../../owners/owner.js';
import type { ChatSource, SourceMessage } from '../source/chat-source.js';
import { planMessage } from '../plan/message-plan.js';
import type { ImportFilter } from '../source/plugin-types.js';
import type { Remarks } from '../report/report.js';
import { hash } from '../plan/session-mapping.js';
import type { RecordedMessage, VerificationRepository } from './verification.repository.js';

/** What a comparison has come to. */
export interface Verification {
  owners: number;
  /** Messages that are noted. */
  messages: number;
  /** Of them, and of noted chats. */
  different: number;
  /** Owners whose messages are not the same in number or in checksum. */
  differentOwners: OwnerDifference[];
}

/** One side of an owner's messages: SHA-256 over role, time and content of each, in the order of rows. */
interface Side {
  count: number;
  checksum: string;
}

/** A message of the source; its digest is undefined where it is no message any more. */
interface Expected {
  name: string;
  digest: string | undefined;
  isTimeless: boolean;
}

export interface OwnerDifference {
  owner: Owner;
  source: Side;
  here: Side;
}

/** So many owners are told one by one; the count tells of all. */
const maxListedOwners = 1000;

class SideCount {
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

/** Compares what was imported with what it came from, owner by owner. */
export class ImportVerifier {
  constructor(
    private readonly sources: ChatSource[],
    private readonly recorded: VerificationRepository,
    private readonly filter: ImportFilter,
    private readonly remarks: Remarks,
  ) {}

  /** @param onOwner told after each owner, with the number of messages so far */
  async run(onOwner: (messages: number) => void): Promise<Verification> {
    const result: Verification = { owners: 0, messages: 0, different: 0, differentOwners: [] };
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

  private async compare(owner: Owner, result: Verification): Promise<void> {
    const [there, here] = [new SideCount(), new SideCount()];
    for (const source of this.sources) {
      await this.reportMissingSessions(owner, source, result);
      for (let after = -1; ;) {
        const page = await this.recorded.messages(owner, source.table, after);
        const lastRow = page.at(-1);
        if (!lastRow) break;
        const digests = await this.sourceDigests(owner, source, page);
        for (const note of page) {
          // Those that were found to be in another table are noted without a place here.
          if ((note.sessionId as string | null) === null) continue;
          const expected = digests.get(note.rowId);
          const found = await this.targetDigest(owner, note, expected?.isTimeless);
          there.add(expected?.digest);
          here.add(found);
          result.messages++;
          if (expected?.digest === found && found !== undefined) continue;
          result.different++;
          const row = expected?.name ?? String(note.rowId);
          this.remarks({ kind: 'different', table: source.table, row, reason: reason(owner, note, expected, found) });
        }
        after = lastRow.rowId;
      }
    }
    const sides = { owner, source: there.end(), here: here.end() };
    const isSame = sides.source.count === sides.here.count && sides.source.checksum === sides.here.checksum;
    if (!isSame && result.differentOwners.length < maxListedOwners) result.differentOwners.push(sides);
    result.owners++;
  }

  private async reportMissingSessions(owner: Owner, source: ChatSource, result: Verification): Promise<void> {
    const { sessionTable: table } = source;
    if (table === undefined) return;
    for (const { rowId, sessionId } of await this.recorded.goneSessions(owner, table)) {
      result.different++;
      const place = `${sessionId}, user ${owner.userId}, activity ${owner.activityId}`;
      const reason = `is not here any more: this chat was deleted since (${place})`;
      this.remarks({ kind: 'different', table, row: String(rowId), reason });
    }
  }

  private async sourceDigests(
    owner: Owner,
    source: ChatSource,
    page: RecordedMessage[],
  ): Promise<Map<number, Expected>> {
    const importedAt = new Map(page.map((note) => [note.rowId, note.importedAt]));
    const digests = new Map<number, Expected>();
    for await (const messages of source.find(owner, [...importedAt.keys()])) {
      for (const message of messages) {
        const digest = sourceDigest(message, importedAt.get(message.rowId) ?? 0);
        const { name, isTimeless = false } = message;
        digests.set(message.rowId, { name, digest, isTimeless });
      }
    }
    return digests;
  }

  private async targetDigest(owner: Owner, note: RecordedMessage, isTimeless = false): Promise<string | undefined> {
    const { role, timestamp } = note;
    if (role === null || timestamp === null) return undefined;
    return digest(role, isTimeless ? undefined : timestamp, note.content ?? (await this.recorded.content(owner, note)));
  }
}

/** Its time was judged at the time of its import. */
function sourceDigest(message: SourceMessage, importedAt: number): string | undefined {
  const plan = planMessage(message, importedAt);
  return 'problem' in plan
    ? undefined
    : digest(plan.role, message.isTimeless ? undefined : plan.timestamp, plan.content);
}

/** A time that depends on what lies around is not compared. */
function digest(role: string, timestamp: number | undefined, content: string): string {
  return hash(`${role} ${timestamp ?? ''} ${content}`);
}

function reason(
  { userId, activityId }: Owner,
  { sessionId, sequence }: RecordedMessage,
  expected: { digest: string | undefined } | undefined,
  found: string | undefined,
): string {
  const place = `message ${sequence} of ${sessionId}, user ${userId}, activity ${activityId}`;
  if (found === undefined) return `is not here any more: it, or its chat, was deleted or cleared since (${place})`;
  if (!expected) return `is not in the source any more (${place})`;
  if (expected.digest === undefined) return `is no message any more in the source (${place})`;
  return `has another role, content or time (${place})`;
}
