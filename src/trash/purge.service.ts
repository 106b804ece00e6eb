import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import { OwnersService } from '../owners/owners.service.js';
import type { ClaimedDeletion } from './deletion.js';
import { PurgeRepository, type TrashedSession, type StepRow } from './purge.repository.js';

/** For how long a server has a deletion to itself, in milliseconds; after a kill another one goes on then. */
const leaseMs = 60_000;
/** Contents that one step removes, in bytes; one message at least. */
const maxStepBytes = 1024 * 1024;
/** Between two steps, in milliseconds: on SQLite each of them keeps all requests waiting. */
const pauseMs = 20;

/** The messages that a step removes. */
interface Step {
  ids: number[];
  /** The sequence of the last message that it looked at; undefined when there was none. */
  through: number | undefined;
}

/**
 * Removes what is in the trash and due, in small transactions. Any number of servers may do so at the same time: each
 * deletion is claimed by one of them, which renews its claim with every step. Lock order: the owner's row if the session
 * is removed, the session's row, the deletion's.
 */
@Injectable()
export class PurgeService {
  constructor(
    private readonly trash: PurgeRepository,
    private readonly owners: OwnersService,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
  ) {}

  /** Purges until nothing is due that this server can claim, or until the signal comes. */
  async run(signal?: AbortSignal): Promise<void> {
    while (!signal?.aborted) {
      const claimed = await this.claimNext();
      if (!claimed) return;
      await this.purge(claimed, signal);
    }
  }

  private async claimNext(): Promise<ClaimedDeletion | undefined> {
    const now = this.clock.now();
    for (const due of await this.trash.findDue(now)) {
      const claimedUntil = now + leaseMs;
      if (await this.trash.claim(due.id, now, claimedUntil)) return { ...due, claimedUntil };
    }
    return undefined;
  }

  private async purge(claimed: ClaimedDeletion, signal: AbortSignal | undefined): Promise<void> {
    for (let current: ClaimedDeletion | undefined = claimed; current;) {
      if (signal?.aborted) return this.trash.release(current, this.clock.now());
      const deletion: ClaimedDeletion = current;
      const step = stepOf(deletion, await this.trash.findStep(deletion));
      current = await this.transactions.run(() => this.remove(deletion, step));
      if (current) await sleep(pauseMs, undefined, { ref: false });
    }
  }

  /** Removes the messages of a step, or what is left without messages. @returns undefined when there is nothing to go on with */
  private async remove(claimed: ClaimedDeletion, { ids, through }: Step): Promise<ClaimedDeletion | undefined> {
    const isLast = through === undefined;
    if (isLast && claimed.kind === 'session') await this.owners.lock(claimed);
    const session = await this.trash.lockSession(claimed);
    const current = session && (await this.trash.lock(claimed));
    if (!current) return undefined;
    // A session has been made under the id meanwhile: its messages are purged, and not its row.
    if (current.kind !== claimed.kind) return current;
    const isThere = isInTrash(current, session);
    if (isLast || !isThere) {
      if (isThere && current.kind === 'session') await this.trash.removeSession(session);
      else await this.trash.remove(current);
      return undefined;
    }
    if (ids.length > 0) await this.trash.removeMessages(current, ids);
    const renewed = { ...current, fromSequence: through, claimedUntil: this.clock.now() + leaseMs };
    await this.trash.advance(renewed.id, renewed.fromSequence, renewed.claimedUntil);
    return renewed;
  }
}

function stepOf({ id, kind }: ClaimedDeletion, rows: StepRow[]): Step {
  let bytes = 0;
  const tooLarge = rows.findIndex((row) => (bytes += row.bytes) > maxStepBytes);
  const step = rows.slice(0, tooLarge < 0 ? rows.length : Math.max(1, tooLarge));
  const deleted = step.filter(({ deletionId }) => kind !== 'message' || deletionId === id);
  return { ids: deleted.map((row) => row.id), through: step.at(-1)?.sequence };
}

/** Whether the session has not been restored: then its messages stay. */
function isInTrash({ kind, toSequence }: ClaimedDeletion, { deletedAt, clearedSequence }: TrashedSession): boolean {
  if (kind === 'message') return true;
  return kind === 'session' ? deletedAt !== null : toSequence <= clearedSequence;
}
