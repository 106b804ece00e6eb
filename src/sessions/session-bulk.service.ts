import { Injectable } from '@nestjs/common';
import { errorAfterCommit } from '../database/database.errors.js';
import type { Owner } from '../owners/owner.js';
import { bulkChanges, type BulkOperation, type BulkOutcome } from './session-bulk.js';
import { SessionNotFoundError } from './session.errors.js';
import { SessionTrashService } from './session-trash.service.js';
import { SessionChangesService } from './session-changes.service.js';

/** One operation on many sessions of an owner. */
@Injectable()
export class SessionBulkService {
  constructor(
    private readonly changes: SessionChangesService,
    private readonly trash: SessionTrashService,
  ) {}

  /**
   * Does the operation to each session in a transaction of its own, so that no lock is held for longer than for one. When
   * the database fails, those before are done, and the call may be repeated.
   * @throws OutcomeUnknownError when the database fails after the first
   * @returns an outcome for each id, in their order; equal ids have equal ones
   */
  async run(owner: Owner, operation: BulkOperation, ids: string[]): Promise<BulkOutcome[]> {
    const missing = new Map<string, string | undefined>();
    for (const id of new Set(ids)) {
      const outcome = this.runOne(owner, operation, id);
      missing.set(
        id,
        await outcome.catch((error: unknown) => {
          throw missing.size === 0 ? error : errorAfterCommit(error);
        }),
      );
    }
    return ids.map((id) => ({ id, missing: missing.get(id) }));
  }

  /** @returns the code of the error when there is no such session */
  private async runOne(owner: Owner, operation: BulkOperation, id: string): Promise<string | undefined> {
    const change = bulkChanges[operation];
    try {
      if (change) await this.changes.change(owner, id, change);
      else await this.trash.delete(owner, id);
      return undefined;
    } catch (error) {
      if (error instanceof SessionNotFoundError) return error.code;
      throw error;
    }
  }
}
