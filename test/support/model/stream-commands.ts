import fc from 'fast-check';
import { command } from './command.js';
import { accepted } from './compare.js';
import type { ModelMessage } from './message.js';
import { compareSaved, withParent } from './message-commands.js';
import type { ModelOwner } from './owner.js';
import { outcomeOf } from './refusal.js';
import { save } from './saving.js';
import { takeLease, write, type Chunk } from './streams.js';
import { half, anyPick, pickFrom, sessionIdOf, word, type Pick } from './values.js';

const begin = command(
  'begin a reply',
  fc.record({
    session: anyPick,
    content: fc.oneof(fc.constant(''), word),
    parent: half(anyPick),
    isNamed: fc.boolean(),
  }),
  async ({ session, content, parent, isNamed }, owner, { rest }) => {
    const id = sessionIdOf(owner, session);
    const named = { ...(isNamed && { clientMessageId: `m${++owner.clientMessageIds}` }) };
    const reply = withParent(owner, id, { role: 'assistant', content, status: 'in_progress', ...named }, parent);
    const outcome = outcomeOf(() => save(owner, id, reply));
    compareSaved(await rest.save(id, reply), outcome);
    return id;
  },
);

const places = ['next', 'next', 'next', 'repeated', 'gap', 'none'] as const;
const ends = ['complete', 'incomplete', 'error'] as const;

const append = command(
  'write',
  fc.record({
    message: anyPick,
    place: fc.constantFrom(...places),
    text: word,
    status: fc.constantFrom(undefined, undefined, undefined, undefined, ...ends),
    isWriter: fc.constantFrom(true, true, true, true, false),
  }),
  async ({ message, place, text, status, isWriter }, owner, { rest }) => {
    const reply = replyOf(owner, message);
    if (!reply) return undefined;
    const chunk: Chunk = { isWriter, ...placeOf(reply, place, ` ${text}`) };
    if (place === 'none' || status !== undefined) chunk.status = status ?? 'complete';
    const outcome = outcomeOf(() => write(owner, reply, chunk));
    const { isWriter: _, ...fields } = chunk;
    const lease = isWriter ? reply.lease : '0'.repeat(32);
    const answer = await rest.change(reply.session.id, reply.id, { lease, ...fields });
    const { id, session, content } = reply;
    const body = accepted(answer, outcome, 200);
    if (body) expect(body).toEqual({ id, sessionId: session.id, status: reply.status, contentBytes: content.length });
    return session;
  },
  (owner) => repliesOf(owner).length > 0,
);

const take = command(
  'take the lease',
  anyPick,
  async (pick, owner, { rest }) => {
    const reply = replyOf(owner, pick);
    if (!reply) return undefined;
    const outcome = outcomeOf(() => takeLease(owner, reply));
    accepted(await rest.change(reply.session.id, reply.id, { takeLease: true }), outcome, 200);
    return reply.session;
  },
  (owner) => repliesOf(owner).length > 0,
);

function placeOf({ content, lastChunk }: ModelMessage, place: (typeof places)[number], append: string) {
  if (place === 'none') return {};
  if (place === 'repeated') return lastChunk;
  return { offset: content.length + (place === 'gap' ? 1 : 0), append };
}

/** The messages that are or were written in chunks, also those in the trash. */
function repliesOf({ messages }: Readonly<ModelOwner>): ModelMessage[] {
  return messages.filter(({ sent }) => sent.status === 'in_progress');
}

/** Mostly one that goes on. */
function replyOf(owner: ModelOwner, pick: Pick): ModelMessage | undefined {
  const all = repliesOf(owner);
  const written = all.filter((message) => message.isWritten && !owner.isInTrash(message));
  return pickFrom(pick % 4 === 3 || written.length === 0 ? all : written, Math.floor(pick / 4));
}

export const streamCommands = [begin, begin, append, append, append, append, append, take];
