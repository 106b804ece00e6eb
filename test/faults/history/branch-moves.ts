import { groupBy } from './check-messages.js';
import { lastEffect, type Event, type Read, type Save, type Switch } from './events.js';
import { placeOf, type MessageTree, type Trees } from './message-tree.js';

/** What ends the current branch elsewhere. */
type Move = Switch | (Save & { place: NonNullable<Save['place']> });

/** Everything that has moved the current branch of a session, unless it was rejected. */
export class BranchMoves {
  readonly #moves: Map<string, Move[]>;
  readonly #kept = new Map<Move, Set<number>>();

  constructor(
    events: Event[],
    private readonly trees: Trees,
  ) {
    this.#moves = groupBy(events.filter(isMove), placeOf);
  }

  /** Whether the branch may have moved while a list was read. */
  mayOverlap(read: Read): boolean {
    return this.of(read).some((move) => lastEffect(move) > read.start && move.start < read.end);
  }

  /** Whether a move may be why a message that was saved is missing in a list of the current branch. */
  mayExplain(read: Read, save: Save): boolean {
    const tree = this.trees.get(placeOf(read));
    const row = tree?.withKey(save.key);
    return this.of(read).some((move) => {
      if (move === save || lastEffect(move) <= save.start || move.start >= read.end) return false;
      return !tree || !row || !this.kept(move, tree).has(row.id);
    });
  }

  private of(read: Read): Move[] {
    return this.#moves.get(placeOf(read)) ?? [];
  }

  /** Messages that the move cannot have hidden, as the branch has run through them since: a message keeps its parent. */
  private kept(move: Move, tree: MessageTree): Set<number> {
    const known = this.#kept.get(move);
    if (known) return known;
    const path = [...tree.path(tree.get(targetOf(move)))].map(({ id }) => id);
    const kept = new Set(move.kind === 'save' && 'revises' in move.place ? path.slice(1) : path);
    this.#kept.set(move, kept);
    return kept;
  }
}

function isMove(event: Event): event is Move {
  return event.outcome !== 'rejected' && (event.kind === 'switch' || (event.kind === 'save' && !!event.place));
}

/** The id of the message that the request names. */
function targetOf(move: Move): string {
  if (move.kind === 'switch') return move.through;
  return 'revises' in move.place ? move.place.revises : move.place.follows;
}
