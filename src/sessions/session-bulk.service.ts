import { Injectable } from '@nestjs/common';
import type { Owner } from '../owners/owner.js';
import { bulkChanges, type BulkOperation, type BulkOutcome } from './session-bulk.js';
import { SessionNotFoundError } from './session.errors.js';
import { SessionTrashService } from './session-trash.service.js';
import { SessionsService } from './sessions.service.js';

/** One operation on many sessions of an owner. */
@Injectable()
export class SessionBulkService {
  constructor(
    private readonly sessions: SessionsService,
    private readonly trash: SessionTrashService,
  ) {}

  /**
   * Does the operation to each session in a transaction of its own, so that no lock is held for longer than for one. When
   * the database fails, those before are done, and the call may be repeated.
   * @returns an outcome for each id, in their order; equal ids have equal ones
   */
  async run(owner: Owner, operation: BulkOperation, ids: string[]): Promise<BulkOutcome[]> {
    const missing = new Map<string, string | undefined>();
    for (const id of new Set(ids)) missing.set(id, await this.runOne(owner, operation, id));
    return ids.map((id) => ({ id, missing: missing.get(id) }));
  }

  /** @returns the code of the error when there is no such session */
  private async runOne(owner: Owner, operation: BulkOperation, id: string): Promise<string | undefined> {
    const change = bulkChanges[operation];
    try {
      if (change) await this.sessions.change(owner, id, change);
      else await this.trash.delete(owner, id);
      return undefined;
    } catch (error) {
      if (error instanceof SessionNotFoundError) return error.code;
      throw error;
    }
  }
}
