import fc from 'fast-check';
import type { Answer } from '../rest/client.js';
import type { LegacyAnswer } from '../legacy/client.js';
import { getMessage } from '../rest/data.js';
import { always, command } from './command.js';
import { accepted, compareMessage } from './compare.js';
import type { Sent } from './message.js';
import type { ModelOwner } from './owner.js';
import type { Program } from './program.js';
import { outcomeOf, Refusal } from './refusal.js';
import { saveByPage } from './saving.js';
import {
  anyPick,
  chosenIds,
  draft,
  ofPage,
  pickFrom,
  sentOf,
  sessionIdOf,
  spreadPick,
  words,
  type Pick,
} from './values.js';

/** A save by a page of the plugin, of a message that it may have sent before. */
async function saveWith(action: string, id: string, sent: Sent, owner: ModelOwner, program: Program) {
  const { role, content, timestamp, clientMessageId } = sent;
  const outcome = outcomeOf(() => saveByPage(owner, id, sent));
  const fields = { session_id: id, role, content, timestamp, client_message_id: clientMessageId };
  const body = accepted(await program.page.call(action, fields), outcome, 200);
  if (!body || outcome instanceof Refusal) return id;
  const found = await getMessage(program.reader, id, String(body.message_id));
  compareMessage(outcome.message, found.body);
  return id;
}

const pageDraft = draft.map(ofPage);
/** Pages choose ids themselves, so that a message may be the first of its session. */
const pageSession = fc.oneof(anyPick, fc.constantFrom(...chosenIds));
const idOf = (owner: ModelOwner, session: Pick | string) =>
  typeof session === 'string' ? session : sessionIdOf(owner, session);

const append = command(
  'append_message',
  pageDraft,
  (given, owner, program) => saveWith('append_message', 'default', sentOf(owner, program, given), owner, program),
  always,
);

const save = command(
  'save_session_message',
  fc.record({ session: pageSession, draft: pageDraft }),
  ({ session, draft }, owner, program) =>
    saveWith('save_session_message', idOf(owner, session), sentOf(owner, program, draft), owner, program),
  always,
);

const repeat = command(
  'repeat by a page',
  fc.record({ message: anyPick, isOther: fc.boolean(), session: pageSession }),
  ({ message, isOther, session }, owner, program) => {
    const sent = pickFrom(sentByPages(owner), message);
    if (!sent) return Promise.resolve(undefined);
    const id = isOther ? idOf(owner, session) : sent.session.id;
    return saveWith('save_session_message', id, sent.sent, owner, program);
  },
  (owner) => sentByPages(owner).length > 0,
);

/** What a page can have sent. */
function sentByPages({ messages }: Readonly<ModelOwner>) {
  return messages.filter(({ sent, isLegacy }) => {
    const { payload, status, parentId, content = '' } = sent;
    return isLegacy && content !== '' && payload === undefined && status === undefined && parentId === undefined;
  });
}

const create = command(
  'create_chat_session',
  fc.option(fc.constantFrom(...words, 'New Chat'), { nil: undefined }),
  async (title, owner, { page }) => {
    const chosen = title === 'New Chat' ? undefined : title;
    const { session } = owner.create('', { ...(chosen !== undefined && { title: chosen }) }, true);
    session.id = accepted(await page.call('create_chat_session', { title }), undefined, 200)?.session_id ?? '';
    return session;
  },
  always,
);

type Action = [apply: (owner: ModelOwner, id: string) => unknown, fields?: Record<string, string>];
const ofSession = (action: string, [apply, fields]: Action) =>
  command(action, spreadPick, async (pick, owner, { page }) => {
    const id = sessionIdOf(owner, pick);
    const outcome = outcomeOf(() => apply(owner, id));
    const answer: Answer<LegacyAnswer> = await page.call(action, { session_id: id, ...fields });
    accepted(answer, outcome, 200);
    return id;
  });

const title = 'Rhine page';

export const pageCommands = [
  ...[append, save, save, repeat, create],
  ofSession('switch_chat_session', [(owner, id) => owner.activate(id)]),
  ofSession('update_chat_title', [(owner, id) => owner.change(id, { title }), { title }]),
  ofSession('clear_session_messages', [(owner, id) => owner.clear(id)]),
  ofSession('delete_chat_session', [
    (owner, id) => {
      owner.delete(id);
    },
  ]),
];
