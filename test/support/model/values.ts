import fc from 'fast-check';
import { payloadOf, type ModelMessage, type Sent } from './message.js';
import type { ModelOwner } from './owner.js';
import type { Program } from './program.js';
import type { SessionFields } from './session.js';

/** Folded, each is its own beginning of a word only. */
export const words = ['Nile', 'Volga', 'Amazon', 'Elbe', 'Rhine'];
/** Ids that clients choose: one that pages use without a choice, one that they count, and two of REST. */
export const chosenIds = ['default', 'chat-1', 'mine', 'other'];

/** Stands for one of a list that is known only when the program runs. */
export type Pick = number;
export const anyPick = fc.nat(999);
/** For what ends a session or its messages: it does not end the one with most messages more often than others. */
export const spreadPick = anyPick.map((pick) => pick * 8 + (pick % 8 === 7 ? 7 : 4));
/** Undefined in half of all cases. */
export const half = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined, freq: 2 });
export const word = fc.constantFrom(...words);
const title = fc.tuple(word, fc.constantFrom('essay', 'notes')).map((both) => both.join(' '));

/** What a message has, apart from what refers to others. */
export interface Draft {
  role: string;
  word: string;
  kind: 'text' | 'payload' | 'own payload';
  /** Seconds after a time in the past, or after one that is ahead; undefined for none. */
  second: number | undefined;
  isAhead: boolean;
  isNamed: boolean;
}

export const draft: fc.Arbitrary<Draft> = fc.record({
  role: fc.constantFrom('user', 'assistant', 'assistant', 'user', 'tool', 'developer', 'system'),
  word,
  kind: fc.constantFrom('text', 'text', 'text', 'payload', 'own payload'),
  second: half(fc.nat(3)),
  isAhead: fc.boolean(),
  isNamed: fc.boolean(),
});

export const sessionFields: fc.Arbitrary<SessionFields> = fc
  .record(
    {
      title,
      titleSource: fc.constantFrom('user', 'generated'),
      pinned: fc.boolean(),
      archived: fc.boolean(),
      metadata: fc.constantFrom<Record<string, string>[]>({ subject: 'rivers' }, { subject: 'seas', term: '2' }, {}),
    },
    { requiredKeys: [] },
  )
  .map(({ titleSource, ...fields }) => ({
    ...fields,
    ...(fields.title !== undefined && titleSource && { titleSource }),
  }));

/** The message of a draft, with a new client message id if it has one. */
export function sentOf(owner: ModelOwner, { ahead }: Program, { role, word, kind, ...draft }: Draft): Sent {
  const { second, isAhead, isNamed } = draft;
  const texts = {
    text: { content: word },
    payload: payloadOf(word),
    'own payload': { format: 'own', payload: [word] },
  };
  const start = isAhead ? ahead : Date.UTC(2026, 0, 1);
  return {
    role,
    ...texts[kind],
    ...(second !== undefined && { timestamp: new Date(start + second * 1000).toISOString() }),
    ...(isNamed && { clientMessageId: `m${++owner.clientMessageIds}` }),
  };
}

/** What a page can send of it: a text, of a role that it knows. */
export function ofPage({ role, kind: _, ...draft }: Draft): Draft {
  return { ...draft, role: role === 'tool' || role === 'developer' ? 'assistant' : role, kind: 'text' };
}

export function pickFrom<Item>(items: readonly Item[], pick: Pick): Item | undefined {
  return items[pick % items.length];
}

/** Mostly the session with most messages; sometimes another one, and now and then one that is not there. */
export function sessionIdOf(owner: ModelOwner, pick: Pick): string {
  const [kind, rest] = [pick % 8, Math.floor(pick / 8)];
  const live = owner.live.toSorted((a, b) => b.live.length - a.live.length);
  if (kind === 7 || live.length === 0) return knownIds(owner)[rest % knownIds(owner).length] ?? '';
  return live[kind < 4 ? 0 : rest % live.length]?.id ?? '';
}

/** Those that clients choose, and all that there are or were. */
function knownIds(owner: ModelOwner): string[] {
  return [...new Set([...chosenIds, ...owner.sessions.map(({ id }) => id)])];
}

/** Mostly a message of the session; now and then one that is elsewhere, or in the trash. */
export function messageOf(owner: ModelOwner, sessionId: string, pick: Pick): ModelMessage | undefined {
  const own = owner.find(sessionId)?.live ?? [];
  return pickFrom(pick % 8 === 7 ? owner.messages : own, Math.floor(pick / 8));
}
