import { Injectable } from '@nestjs/common';
import { BranchesService } from '../branches/branches.service.js';
import { Clock } from '../common/clock.js';
import { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { Owner } from '../owners/owner.js';
import { applyChange } from './session-change.js';
import { SessionSummariesService } from './session-summaries.service.js';
import type { ExpectedVersions, Session, SessionChange } from './session.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

/** What clients change in a session, apart from its messages. */
@Injectable()
export class SessionChangesService {
  constructor(
    private readonly sessions: SessionsService,
    private readonly rows: SessionsRepository,
    private readonly branches: BranchesService,
    private readonly summaries: SessionSummariesService,
    private readonly transactions: TransactionRunner,
    private readonly clock: Clock,
  ) {}

  /**
   * Changes what is given. A generated title leaves a title of the user as it is, whichever came first. Reading is no
   * change that the version counts.
   * @throws SessionNotFoundError, VersionConflictError, ValidationFailedError when the head is no message of the session
   */
  change(owner: Owner, sessionId: string, change: SessionChange, expected?: ExpectedVersions): Promise<Session> {
    return this.transactions.run(async () => {
      const locked = await this.sessions.lock(owner, sessionId, expected);
      const { content, isDifferent, isRenamed } = applyChange(locked, change);
      const modifiedAt = isRenamed ? this.clock.now() : undefined;
      const isMoved = await this.branches.choose(owner, sessionId, change.headId);
      if (isMoved) await this.summaries.invalidate(owner, sessionId);
      const isCounted = isMoved || isDifferent;
      if (isCounted || isRenamed) await this.rows.change(locked, content, isCounted, modifiedAt);
      await this.summaries.markRead(owner, locked, change.lastReadSequence ?? 0);
      return this.sessions.get(owner, sessionId);
    }, sessionId);
  }
}
