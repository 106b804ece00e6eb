import { Injectable } from '@nestjs/common';
import type { Owner } from './owner.js';
import { OwnersRepository } from './owners.repository.js';

/** The owner's row: the lock on the owner's set of sessions, and the pointer to the active session. */
@Injectable()
export class OwnersService {
  constructor(private readonly owners: OwnersRepository) {}

  /**
   * Locks the owner's row until the transaction ends; inserts it for a new owner. Lock order: the owner's row before any
   * session's.
   * @returns the id that the pointer names, also when that session no longer exists; null when none is active
   */
  async lock(owner: Owner): Promise<string | null> {
    let row = await this.owners.lock(owner);
    if (!row) {
      await this.owners.create(owner);
      row = await this.owners.lock(owner);
    }
    return row?.activeSessionId ?? null;
  }

  /** Sets the pointer to the active session. The caller holds the owner's lock. */
  setActive(owner: Owner, sessionId: string | null): Promise<void> {
    return this.owners.setActive(owner, sessionId);
  }

  /**
   * Sets the pointer in one statement if the session exists; needs no lock.
   * @returns false when the session does not exist
   */
  activate(owner: Owner, sessionId: string): Promise<boolean> {
    return this.owners.activate(owner, sessionId);
  }
}
