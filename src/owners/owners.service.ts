import { Injectable } from '@nestjs/common';
import type { Owner } from './owner.js';
import { OwnersRepository } from './owners.repository.js';

/** The owner's row: the lock on an owner's set of sessions, and the pointer to the active one. */
@Injectable()
export class OwnersService {
  constructor(private readonly owners: OwnersRepository) {}

  /**
   * Takes the owner's lock until the unit of work ends, making the owner when it was never seen. First of all locks.
   * @returns the id that the pointer names; that session may be gone
   */
  async lock(owner: Owner): Promise<string | null> {
    let row = await this.owners.lock(owner);
    if (!row) {
      await this.owners.create(owner);
      row = await this.owners.lock(owner);
    }
    return row?.activeSessionId ?? null;
  }

  /** For whoever holds the lock. */
  setActive(owner: Owner, sessionId: string | null): Promise<void> {
    return this.owners.setActive(owner, sessionId);
  }

  /** Without the lock: one statement that finds the session or changes nothing. @returns whether it was found */
  activate(owner: Owner, sessionId: string): Promise<boolean> {
    return this.owners.activate(owner, sessionId);
  }
}
