import fc from 'fast-check';
import { command } from './command.js';
import { accepted } from './compare.js';
import type { ModelMessage } from './message.js';
import type { ModelOwner } from './owner.js';
import { outcomeOf } from './refusal.js';
import { anyPick, messageOf, pickFrom, sessionIdOf } from './values.js';

const remove = command(
  'delete a message',
  fc.record({
    session: anyPick,
    message: anyPick,
    replies: fc.boolean(),
    permanently: fc.constantFrom(false, false, false, true),
  }),
  async ({ session, message, replies, permanently }, owner, program) => {
    const id = sessionIdOf(owner, session);
    const messageId = messageOf(owner, id, message)?.id;
    if (messageId === undefined) return undefined;
    const outcome = outcomeOf(() => {
      owner.get(id).deleteMessage(messageId, replies, permanently);
    });
    const query = `?replies=${replies}&permanently=${permanently}`;
    accepted(await program.rest.deleteMessage(id, messageId, query), outcome, 204);
    if (permanently) await program.purged();
    return id;
  },
);

const restore = command(
  'restore a message',
  fc.record({ session: anyPick, message: anyPick }),
  async ({ session, message }, owner, { rest }) => {
    const deleted = message % 4 === 3 ? undefined : pickFrom(deletedMessages(owner), message);
    const id = deleted?.session.id ?? sessionIdOf(owner, session);
    const messageId = deleted?.id ?? messageOf(owner, id, message)?.id;
    if (messageId === undefined) return undefined;
    const outcome = outcomeOf(() => {
      owner.get(id).restoreMessage(messageId);
    });
    const body = accepted(await rest.restoreMessage(id, messageId), outcome, 200);
    if (body) expect(body.id).toBe(messageId);
    return id;
  },
  (owner) => deletedMessages(owner).length > 0,
);

function deletedMessages({ messages }: Readonly<ModelOwner>): ModelMessage[] {
  return messages.filter(({ deletion }) => deletion !== undefined);
}

export const messageTrashCommands = [remove, remove, restore, restore];
