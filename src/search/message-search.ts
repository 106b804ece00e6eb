import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { DomainError } from '../common/domain-error.js';
import { foldText } from '../common/fold.js';
import { inPieces } from '../common/in-pieces.js';
import type { Owner } from '../owners/owner.js';
import { MatchesRepository, maxCandidates, type Candidate } from './matches.repository.js';
import { NewlyFolded } from './newly-folded.js';
import { endOfList, messageRank, type Match, type Matches, type SearchPosition } from './search.js';

/** Messages of a step: some milliseconds of a statement, in which SQLite keeps all other requests waiting. */
const stepRows = 1000;

/** The part of an owner's history that is searched, in steps, from the newest message on. */
@Injectable()
export class MessageSearch {
  constructor(
    private readonly messages: MatchesRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * The first `limit` messages after a position that match. Stores what it folds of contents that were not folded.
   * @param deadline when it ends without them, on the clock of `elapsed`
   */
  async find(
    owner: Owner,
    needles: Buffer[],
    after: SearchPosition,
    limit: number,
    deadline: number,
  ): Promise<Matches> {
    const folded = new NewlyFolded();
    const found = await this.scan(owner, needles, after, limit, deadline, folded);
    await this.fill(owner, folded);
    return found;
  }

  private async scan(
    owner: Owner,
    needles: Buffer[],
    after: SearchPosition,
    limit: number,
    deadline: number,
    folded: NewlyFolded,
  ): Promise<Matches> {
    const matches: Match[] = [];
    let before = after.time;
    for (;;) {
      const stepEnd = await this.messages.findStepEnd(owner, before, stepRows);
      const from = stepEnd ?? 0;
      let candidates: Candidate[];
      do {
        candidates = await this.messages.findCandidates(owner, needles, before, from);
        for (const candidate of candidates) {
          before = candidate.historyPosition;
          if (await this.isMatch(owner, candidate, needles, folded)) matches.push(toMatch(candidate));
          const isOver = matches.length === limit || this.clock.elapsed() > deadline;
          if (isOver) return { matches, end: { time: before, rank: messageRank } };
        }
        // On SQLite nothing above waits for anything: others have their turn here.
        await nextTurn();
      } while (candidates.length === maxCandidates);
      if (stepEnd === undefined) return { matches, end: endOfList };
      before = from;
      if (this.clock.elapsed() > deadline) return { matches, end: { time: before, rank: messageRank } };
    }
  }

  private async isMatch(
    owner: Owner,
    { id, state, content }: Candidate,
    needles: Buffer[],
    folded: NewlyFolded,
  ): Promise<boolean> {
    if (state === 'matches') return true;
    if (state === 'large') return this.messages.matches(owner, id, needles);
    const text = content ?? (await this.messages.findContent(owner, id));
    if (text === undefined) return false;
    const bytes = await inPieces(foldText(text));
    folded.add({ id, folded: bytes });
    return needles.every((needle) => bytes.includes(needle));
  }

  private async fill(owner: Owner, folded: NewlyFolded): Promise<void> {
    try {
      for (const contents of folded.batches()) {
        await this.messages.fill(owner, contents);
        await nextTurn();
      }
    } catch (error) {
      // The search is right without it. A full disk, a read-only server, a packet that is too large: the next search folds it again.
      if (!(error instanceof DomainError)) throw error;
    }
  }
}

function toMatch({ historyPosition, content: _content, state: _state, ...message }: Candidate): Match {
  return { time: historyPosition, rank: messageRank, message };
}
