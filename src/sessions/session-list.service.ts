import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { ListAnchor } from '../common/pagination.js';
import type { Owner } from '../owners/owner.js';
import { SessionNotFoundError } from './session.errors.js';
import { SessionListRepository } from './session-list.repository.js';
import { SessionSummariesService } from './session-summaries.service.js';
import type { ListedSessions, SessionPage, SessionRange } from './session.js';

/** Lists of an owner's sessions. */
@Injectable()
export class SessionListService {
  constructor(
    private readonly sessions: SessionListRepository,
    private readonly summaries: SessionSummariesService,
    private readonly clock: Clock,
  ) {}

  /** Lists sessions in the order of the range. */
  async list(owner: Owner, limit: number, range: SessionRange): Promise<SessionPage> {
    const readsFoldedTitles = range.order === 'title' || range.filter?.titleWords !== undefined;
    if (readsFoldedTitles) await this.sessions.foldTitles(owner);
    const { items, next } = await this.sessions.findPage(owner, limit, range, this.clock.now());
    return { items: await this.summaries.allCurrent(owner, items), next };
  }

  /**
   * Lists sessions by descending time of creation: the newest ones, or those next to the anchor.
   * @throws SessionNotFoundError when the anchor does not exist
   */
  async listByCreation(owner: Owner, limit: number, anchor?: ListAnchor): Promise<ListedSessions> {
    const position = anchor && { ...anchor, createdAt: await this.createdAt(owner, anchor.rowId) };
    const found = await this.sessions.findPageByCreation(owner, limit + 1, position);
    const sessions = found.slice(0, limit);
    return { sessions: anchor?.direction === 'after' ? sessions.reverse() : sessions, more: found.length > limit };
  }

  private async createdAt(owner: Owner, rowId: number): Promise<number> {
    const createdAt = await this.sessions.findCreatedAt(owner, rowId);
    if (createdAt === undefined) throw new SessionNotFoundError();
    return createdAt;
  }
}
