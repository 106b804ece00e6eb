import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { foldTitle } from '../common/fold.js';
import type { Owner } from '../owners/owner.js';
import { MatchesRepository, titlesPerStatement } from './matches.repository.js';
import { endOfList, type Match, type Matches, type SearchPosition } from './search.js';

/** The titles of an owner's sessions, from the session that was made last on. */
@Injectable()
export class TitleSearch {
  constructor(
    private readonly titles: MatchesRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * The first `limit` titles after a position, and not older than another, that match.
   * @param deadline when it ends without them, on the clock of `elapsed`
   */
  async find(
    owner: Owner,
    needles: Buffer[],
    after: SearchPosition,
    oldest: SearchPosition,
    limit: number,
    deadline: number,
  ): Promise<Matches> {
    const matches: Match[] = [];
    for (let position = after; ;) {
      const rows = await this.titles.findTitles(owner, position, oldest.time);
      for (const { rowId, sessionId, title, createdAt } of rows) {
        position = { time: createdAt, rank: rowId };
        const folded = foldTitle(title);
        if (!needles.every((needle) => folded.includes(needle))) continue;
        matches.push({ ...position, session: { sessionId, title } });
        if (matches.length === limit) return { matches, end: position };
      }
      if (rows.length < titlesPerStatement) return { matches, end: endOfList };
      await nextTurn();
      if (this.clock.elapsed() > deadline) return { matches, end: position };
    }
  }
}
