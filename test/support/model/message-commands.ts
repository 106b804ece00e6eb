import fc from 'fast-check';
import type { Answer } from '../rest/client.js';
import type { BatchResultsDto } from '../../../src/messages/message-batch.dto.js';
import type { BranchedMessageDto } from '../../../src/messages/branched-message.dto.js';
import { always, command } from './command.js';
import { accepted, compareMessage } from './compare.js';
import { payloadOf, type ModelMessage, type Sent } from './message.js';
import type { SavedMessageDto } from '../../../src/messages/message.dto.js';
import type { ModelOwner } from './owner.js';
import { outcomeOf, Refusal } from './refusal.js';
import { revise, save, saveBatch, saveToActive, type Saved } from './saving.js';
import {
  half,
  anyPick,
  draft,
  messageOf,
  pickFrom,
  sentOf,
  sessionIdOf,
  word,
  type Draft,
  type Pick,
} from './values.js';

interface SaveValues {
  session: Pick;
  draft: Draft;
  parent: Pick | undefined;
}
const saveValues: fc.Arbitrary<SaveValues> = fc.record({
  session: anyPick,
  draft,
  parent: half(anyPick),
});

const saveOne = command('save', saveValues, async ({ session, draft, parent }, owner, program) => {
  const id = sessionIdOf(owner, session);
  const sent = withParent(owner, id, sentOf(owner, program, draft), parent);
  const outcome = outcomeOf(() => save(owner, id, sent));
  compareSaved(await program.rest.save(id, sent), outcome);
  return id;
});

const saveActive = command(
  'save to the active session',
  fc.record({ draft, expected: half(anyPick) }),
  async ({ draft, expected }, owner, program) => {
    const sessionId = expected === undefined ? undefined : sessionIdOf(owner, expected);
    const sent = sentOf(owner, program, draft);
    const outcome = outcomeOf(() => saveToActive(owner, sent, sessionId));
    compareSaved(await program.rest.saveToActive({ ...sent, ...(sessionId !== undefined && { sessionId }) }), outcome);
    return owner.active;
  },
  always,
);

/** How a message that was sent before is sent again. */
const variants = ['same', 'same', 'other content', 'other session', 'without its time'] as const;

const repeat = command(
  'repeat',
  fc.record({ pick: anyPick, variant: fc.constantFrom(...variants), isActive: fc.boolean(), session: anyPick }),
  async ({ pick, variant, isActive, session }, owner, { rest }) => {
    const message = pickFrom(named(owner), pick);
    if (!message) return undefined;
    const { timestamp, ...untimed } = message.sent;
    const again =
      variant === 'without its time' ? untimed : { ...untimed, ...(timestamp !== undefined && { timestamp }) };
    if (variant === 'other content') again.content = 'Else';
    const id = variant === 'other session' ? sessionIdOf(owner, session) : message.session.id;
    const outcome = outcomeOf(() => (isActive ? saveToActive(owner, again) : save(owner, id, again)));
    compareSaved(await (isActive ? rest.saveToActive(again) : rest.save(id, again)), outcome);
    return message.session;
  },
  (owner) => named(owner).length > 0,
);

const batch = command(
  'batch',
  fc.record({
    session: anyPick,
    drafts: fc.array(fc.record({ draft, parent: half(anyPick) }), {
      minLength: 1,
      maxLength: 3,
    }),
    repeated: half(anyPick),
  }),
  async ({ session, drafts, repeated }, owner, program) => {
    const id = sessionIdOf(owner, session);
    const sent = drafts.map(({ draft, parent }) => withParent(owner, id, sentOf(owner, program, draft), parent));
    const first = repeated === undefined ? undefined : pickFrom(named(owner).filter(isComplete), repeated);
    if (first) sent.push(first.sent);
    const outcome = outcomeOf(() => saveBatch(owner, id, sent));
    const body = accepted<BatchResultsDto>(await program.rest.saveBatch(id, sent), outcome, 200);
    if (!body || outcome instanceof Refusal) return id;
    expect(body.results.map(({ status }) => status)).toEqual(outcome.map(statusOf));
    for (const [index, { message }] of body.results.entries()) {
      const saved = outcome[index];
      if (saved) compareMessage(saved.message, message);
    }
    return id;
  },
);

const edit = command(
  'edit',
  fc.record({ session: anyPick, message: anyPick, text: word, kind: fc.constantFrom('text', 'text', 'payload') }),
  async ({ session, message, text, kind }, owner, { rest }) => {
    const id = sessionIdOf(owner, session);
    const original = messageOf(owner, id, message);
    if (!original) return undefined;
    const revision = kind === 'text' ? { content: text } : payloadOf(text);
    const outcome = outcomeOf(() => revise(owner, id, original.id, revision));
    const answer = await rest.revise(id, original.id, revision);
    const body: BranchedMessageDto | undefined = compareSaved(answer, outcome);
    if (body && !(outcome instanceof Refusal)) {
      const { parent, revisionOf } = outcome.message;
      expect(body).toMatchObject({ parentId: parent?.id ?? null, revisionOf: revisionOf?.id ?? null });
    }
    return id;
  },
  ({ messages }) => messages.length > 0,
);

/** Compares the answer to a save. @returns its body, unless it is a refusal */
export function compareSaved<Body extends SavedMessageDto>(answer: Answer<Body>, outcome: Saved | Refusal) {
  const body = accepted(answer, outcome, outcome instanceof Refusal ? 0 : statusOf(outcome));
  if (!body || outcome instanceof Refusal) return undefined;
  const { message } = outcome;
  compareMessage(message, body);
  if (body.lease !== undefined) message.lease = body.lease;
  expect(body.contentBytes).toBe(message.isWritten ? message.content.length : undefined);
  return body;
}

export function withParent(owner: ModelOwner, id: string, sent: Sent, parent: Pick | undefined): Sent {
  const parentId = parent === undefined ? undefined : messageOf(owner, id, parent)?.id;
  return parentId === undefined ? sent : { ...sent, parentId };
}

/** The messages that have a client message id. */
function named({ messages }: Readonly<ModelOwner>): ModelMessage[] {
  return messages.filter(({ sent }) => sent.clientMessageId !== undefined);
}

const isComplete = ({ sent }: ModelMessage) => sent.status === undefined;
const statusOf = ({ replayed }: Saved) => (replayed ? 200 : 201);

export const messageCommands = [
  ...[saveOne, saveOne, saveOne, saveOne, saveOne, saveActive],
  ...[repeat, repeat, batch, batch, edit, edit, edit],
];
