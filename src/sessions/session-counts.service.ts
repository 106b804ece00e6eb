import { Injectable } from '@nestjs/common';
import type { LockedSession } from './session.js';
import { SessionsRepository } from './sessions.repository.js';

/** What a session's row counts of its messages. */
@Injectable()
export class SessionCountsService {
  constructor(private readonly sessions: SessionsRepository) {}

  /** Counts more bytes of a message, or less. Inside the transaction that has locked the session. */
  addContentBytes(locked: LockedSession, bytes: number): Promise<void> {
    return this.sessions.addContentBytes(locked, bytes);
  }
}
