import { Injectable } from '@nestjs/common';
import type { Owner } from '../owners/owner.js';
import { QuotasService } from '../quotas/quotas.service.js';
import type { DeletedRange } from '../trash/deletion.js';
import type { LockedSession } from './session.js';

/** What belongs to deletions of sessions, or of all their messages. */
@Injectable()
export class DeletedRangesService {
  constructor(private readonly quotas: QuotasService) {}

  /**
   * The messages of a session that were neither cleared nor deleted by themselves, with what those have so far that are
   * still written; an empty range when it has none. Without messages there are no bytes, whatever an older program has
   * left.
   */
  async all(owner: Owner, locked: LockedSession): Promise<DeletedRange> {
    const { id, messageCount, contentBytes, clearedSequence, lastSequence } = locked;
    if (messageCount === 0) {
      return { fromSequence: clearedSequence, toSequence: clearedSequence, messageCount: 0, contentBytes: 0 };
    }
    const range = { fromSequence: clearedSequence, toSequence: lastSequence };
    const openBytes = await this.quotas.openBytes(owner, id, range);
    return { ...range, messageCount, contentBytes: contentBytes + openBytes };
  }

  /** A deletion without the bytes that its session will count when their messages are ended. */
  async withoutOpen<Range extends DeletedRange>(
    owner: Owner,
    sessionId: string,
    deleted: Range,
    deletionId = 0,
  ): Promise<Range> {
    const openBytes = await this.quotas.openBytes(owner, sessionId, deleted, deletionId);
    return { ...deleted, contentBytes: deleted.contentBytes - openBytes };
  }
}
