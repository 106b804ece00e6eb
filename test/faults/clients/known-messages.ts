import type { Random } from './random.js';

/** Messages of a session that a client remembers. */
const maxMessages = 30;

/** Ids of messages that a client has saved or read, by the sessions in which it uses branches. */
export class KnownMessages {
  readonly #ids = new Map<string, string[]>();

  /** The others have one line of messages, of which a list must never miss any. */
  private static hasBranches(session: string): boolean {
    return (session.codePointAt(session.length - 1) ?? 0) % 2 === 0;
  }

  add(session: string, id: string | undefined): void {
    if (id === undefined || !KnownMessages.hasBranches(session)) return;
    this.#ids.set(session, [...(this.#ids.get(session) ?? []), id].slice(-maxMessages));
  }

  replace(session: string, ids: (string | undefined)[]): void {
    this.#ids.delete(session);
    for (const id of ids) this.add(session, id);
  }

  forget(session: string): void {
    this.#ids.delete(session);
  }

  /** A message of one of the sessions, mostly a new one, so that branches grow; undefined when none is known. */
  pick(sessions: string[], random: Random): { session: string; id: string } | undefined {
    const known = sessions.filter((session) => this.#ids.has(session));
    if (known.length === 0) return undefined;
    const session = random.pick(known);
    const ids = this.#ids.get(session) ?? [];
    const id = ids.at(-1 - Math.floor(ids.length * random.next() ** 3));
    return id === undefined ? undefined : { session, id };
  }
}
