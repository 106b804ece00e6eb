import { createHash, type Hash } from 'node:crypto';
import type { Owner } from '../../owners/owner.js';
import type { ChatSource, SourceMessage } from '../source/chat-source.js';
import { planMessage } from '../plan/message-plan.js';
import type { ImportFilter } from '../source/plugin-types.js';
import type { Remarks } from '../report/report.js';
import { sha256Hex } from '../../common/hash.js';
import type { RecordedMessage, VerificationRepository } from './verification.repository.js';

/** The result of a verification. */
export interface Verification {
  owners: number;
  /** Recorded messages. */
  messages: number;
  /** How many recorded messages and chats differ. */
  different: number;
  /** Owners whose messages differ in number or checksum, up to `maxListedOwners`. */
  differentOwners: OwnerDifference[];
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
}

export interface OwnerDifference {
  owner: Owner;
  source: Side;
  here: Side;
}

/** Maximum number of owners listed in the report; the counts include all. */
const maxListedOwners = 1000;

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

/** Compares imported messages with their source, owner by owner. Reads only. */
export class ImportVerifier {
  constructor(
    private readonly sources: ChatSource[],
    private readonly recorded: VerificationRepository,
    private readonly filter: ImportFilter,
    private readonly remarks: Remarks,
  ) {}

  /** @param onOwner called after each owner with the number of messages so far */
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
    const [sourceSide, targetSide] = [new SideDigest(), new SideDigest()];
    for (const source of this.sources) {
      await this.reportDeletedSessions(owner, source, result);
      for (let after = -1; ;) {
        const page = await this.recorded.messages(owner, source.table, after);
        const lastRow = page.at(-1);
        if (!lastRow) break;
        const digests = await this.sourceDigests(owner, source, page);
        for (const entry of page) {
          // Skipped as a duplicate: no message was imported.
          if ((entry.sessionId as string | null) === null) continue;
          const expected = digests.get(entry.rowId);
          const found = await this.targetDigest(owner, entry, expected?.isTimeless);
          sourceSide.add(expected?.digest);
          targetSide.add(found);
          result.messages++;
          if (expected?.digest === found && found !== undefined) continue;
          result.different++;
          const row = expected?.name ?? String(entry.rowId);
          this.remarks({
            kind: 'different',
            table: source.table,
            row,
            reason: describeDifference(owner, entry, expected, found),
          });
        }
        after = lastRow.rowId;
      }
    }
    const sides = { owner, source: sourceSide.end(), here: targetSide.end() };
    const isSame = sides.source.count === sides.here.count && sides.source.checksum === sides.here.checksum;
    if (!isSame && result.differentOwners.length < maxListedOwners) result.differentOwners.push(sides);
    result.owners++;
  }

  private async reportDeletedSessions(owner: Owner, source: ChatSource, result: Verification): Promise<void> {
    const { sessionTable: table } = source;
    if (table === undefined) return;
    for (const { rowId, sessionId } of await this.recorded.deletedSessions(owner, table)) {
      result.different++;
      const place = `${sessionId}, user ${owner.userId}, activity ${owner.activityId}`;
      const reason = `no longer exists in this store: the chat was deleted (${place})`;
      this.remarks({ kind: 'different', table, row: String(rowId), reason });
    }
  }

  private async sourceDigests(
    owner: Owner,
    source: ChatSource,
    page: RecordedMessage[],
  ): Promise<Map<number, Expected>> {
    const importedAt = new Map(page.map(({ rowId, importedAt }) => [rowId, importedAt]));
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

  private async targetDigest(owner: Owner, message: RecordedMessage, isTimeless = false): Promise<string | undefined> {
    const { role, timestamp } = message;
    if (role === null || timestamp === null) return undefined;
    return digest(
      role,
      isTimeless ? undefined : timestamp,
      message.content ?? (await this.recorded.content(owner, message)),
    );
  }
}

/** Plans the message as its import did: future times were judged by the clock of that time. */
function sourceDigest(message: SourceMessage, importedAt: number): string | undefined {
  const plan = planMessage(message, importedAt);
  return 'problem' in plan
    ? undefined
    : digest(plan.role, message.isTimeless ? undefined : plan.timestamp, plan.content);
}

/** @param timestamp undefined for a time taken from a neighbour, which is not compared */
function digest(role: string, timestamp: number | undefined, content: string): string {
  return sha256Hex(`${role} ${timestamp ?? ''} ${content}`);
}

function describeDifference(
  { userId, activityId }: Owner,
  { sessionId, sequence }: RecordedMessage,
  expected: { digest: string | undefined } | undefined,
  found: string | undefined,
): string {
  const place = `message ${sequence} of ${sessionId}, user ${userId}, activity ${activityId}`;
  if (found === undefined)
    return `no longer exists in this store: the message was deleted, or its chat was deleted or cleared (${place})`;
  if (!expected) return `no longer exists in the source (${place})`;
  if (expected.digest === undefined) return `is no longer a valid message in the source (${place})`;
  return `has another role, content or time (${place})`;
}
