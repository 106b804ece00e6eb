import { lastEffect, type Event, type Removal, type Restoration, type Save } from './events.js';

/** Where messages are; without a session all sessions of the owner are meant. */
interface Place {
  owner: number;
  session: string | undefined;
}

/** What changes which messages a session has. */
type Change = Save | Removal | Restoration;

/** Everything that was deleted and restored. */
export class Removals {
  readonly #changes = new Map<string, Change[]>();

  constructor(events: Event[]) {
    for (const event of events) {
      if (!isChange(event)) continue;
      for (const key of new Set([keyOf(event), keyOf({ owner: event.owner, session: undefined })])) {
        const changes = this.#changes.get(key);
        if (changes) changes.push(event);
        else this.#changes.set(key, [event]);
      }
    }
  }

  of(place: Place): Removal[] {
    return this.changesOf(place).filter(isRemoval);
  }

  /** Removals that were acknowledged, and that nothing can have undone. */
  inForce(place: Place): Removal[] {
    return this.of(place).filter((removal) => removal.outcome === 'ok' && !this.mayBeUndone(removal));
  }

  /** Whether a removal may be why a message is missing that was sent at this time, in ms. */
  mayExplain(place: Place, sentAt: number): boolean {
    return this.of(place).some(
      (removal) => removal.outcome !== 'rejected' && lastEffect(removal) > sentAt && !this.isUndone(removal),
    );
  }

  private mayBeUndone(removal: Removal): boolean {
    return this.changesOf(removal).some(
      (change) => isRestoration(change) && change.outcome !== 'rejected' && lastEffect(change) > removal.start,
    );
  }

  /** Whether it was restored, with nothing else going on in the session in between. */
  private isUndone(removal: Removal): boolean {
    const changes = this.changesOf(removal);
    const undoes = removal.kind === 'delete' ? 'restore' : 'restoreMessages';
    return changes.some(
      (restoration) =>
        restoration.kind === undoes &&
        [restoration, removal].every(({ outcome }) => outcome === 'ok') &&
        restoration.start > removal.end &&
        changes.every(
          (other) =>
            other === removal ||
            other === restoration ||
            lastEffect(other) < removal.start ||
            other.start > restoration.end,
        ),
    );
  }

  private changesOf(place: Place): Change[] {
    return this.#changes.get(keyOf(place)) ?? [];
  }
}

function keyOf({ owner, session }: Place): string {
  return `${owner} ${session ?? ''}`;
}

function isChange(event: Event): event is Change {
  return event.kind === 'save' || isRemoval(event) || isRestoration(event);
}

function isRemoval(event: Event): event is Removal {
  return event.kind === 'clear' || event.kind === 'delete';
}

function isRestoration(event: Event): event is Restoration {
  return event.kind === 'restore' || event.kind === 'restoreMessages';
}
