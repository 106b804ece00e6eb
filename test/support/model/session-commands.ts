import fc from 'fast-check';
import { always, command } from './command.js';
import { accepted, compareSession } from './compare.js';
import type { ModelOwner, SessionChange } from './owner.js';
import { outcomeOf, Refusal } from './refusal.js';
import { half, chosenIds, messageOf, anyPick, sessionFields, sessionIdOf, spreadPick, type Pick } from './values.js';
import type { ModelSession } from './session.js';
import type { Answer } from '../rest/client.js';
import type { SessionDto } from '../../../src/sessions/session.dto.js';

const chosenId = fc.constantFrom(...chosenIds);

const create = command(
  'create',
  fc.record({ id: fc.option(chosenId, { nil: '' }), fields: sessionFields, activate: fc.boolean() }),
  async ({ id, fields, activate }, owner, { rest }) => {
    const { session, created } = owner.create(id, fields, activate);
    const answer = await rest.createSession({ ...(id !== '' && { id }), ...fields, activate });
    const body = accepted(answer, undefined, created ? 201 : 200);
    if (session.id === '' && body) session.id = body.id;
    if (body) compareSession(owner, session, body);
    return session;
  },
  always,
);

interface ChangeValues {
  session: Pick;
  fields: SessionChange;
  head: Pick | undefined;
  version: 'current' | 'other' | undefined;
}

const change = command<ChangeValues>(
  'change',
  fc.record({
    session: anyPick,
    fields: fc.oneof(
      sessionFields,
      fc.record({ metadata: fc.constant(null) }),
      fc.record({ lastReadSequence: fc.constantFrom(0, 1, 2, 3, 4, 9, Number.MAX_SAFE_INTEGER) }),
    ),
    head: half(anyPick),
    version: fc.constantFrom(...Array<undefined>(7).fill(undefined), 'current', 'current', 'other'),
  }),
  async ({ session, fields, head, version }, owner, { rest }) => {
    const id = sessionIdOf(owner, session);
    const headId = head === undefined ? undefined : messageOf(owner, id, head)?.id;
    const wanted: SessionChange = { ...fields, ...(headId !== undefined && { headId }) };
    if (Object.keys(wanted).length === 0) wanted.pinned = true;
    const known = owner.find(id)?.version ?? 1;
    const expected = version && (version === 'current' ? known : known + 1);
    const outcome = outcomeOf(() => owner.change(id, wanted, expected));
    const ifMatch = expected === undefined ? undefined : `"${expected}"`;
    compareAnswer(owner, await rest.changeSession(id, wanted, ifMatch), outcome);
    return id;
  },
);

const activate = command('activate', anyPick, async (pick, owner, { rest }) => {
  const id = sessionIdOf(owner, pick);
  const outcome = outcomeOf(() => owner.activate(id));
  compareAnswer(owner, await rest.activate(id), outcome);
  return id;
});

/** Mostly in a session that was cleared. */
const restoreMessages = command(
  'restore messages',
  anyPick,
  async (pick, owner, { rest }) => {
    const cleared = clearedSessions(owner);
    const id = cleared[pick % (cleared.length + 1)]?.id ?? sessionIdOf(owner, pick);
    const outcome = outcomeOf(() => owner.restoreMessages(id));
    compareAnswer(owner, await rest.restoreMessages(id), outcome);
    return id;
  },
  (owner) => clearedSessions(owner).length > 0,
);

const restore = command(
  'restore',
  anyPick,
  async (pick, owner, { rest }) => {
    const deleted = owner.sessions.filter(({ isDeleted }) => isDeleted).map(({ id }) => id);
    const id = deleted[pick % (deleted.length + 1)] ?? sessionIdOf(owner, pick);
    const outcome = outcomeOf(() => owner.restore(id));
    compareAnswer(owner, await rest.restoreSession(id), outcome);
    return id;
  },
  ({ sessions }) => sessions.length > 0,
);

const deletion = fc.record({ session: spreadPick, permanently: fc.constantFrom(false, false, false, false, true) });
const queryOf = (permanently: boolean) => (permanently ? '?permanently=true' : '');

const remove = command('delete', deletion, async ({ session, permanently }, owner, program) => {
  const id = sessionIdOf(owner, session);
  const outcome = outcomeOf(() => {
    owner.delete(id, permanently);
  });
  accepted(await program.rest.deleteSession(id, queryOf(permanently)), outcome, 204);
  if (permanently) await program.purged();
  return undefined;
});

const clear = command('clear', deletion, async ({ session, permanently }, owner, program) => {
  const id = sessionIdOf(owner, session);
  const outcome = outcomeOf(() => owner.clear(id, permanently));
  accepted(await program.rest.clear(id, queryOf(permanently)), outcome, 204);
  if (permanently) await program.purged();
  return id;
});

const bulkChanges: Record<string, SessionChange | undefined> = {
  ...{ archive: { archived: true }, unarchive: { archived: false }, pin: { pinned: true }, unpin: { pinned: false } },
  ...{ read: { lastReadSequence: Number.MAX_SAFE_INTEGER }, delete: undefined },
};

const bulk = command(
  'bulk',
  fc.record({
    operation: fc.constantFrom(...Object.keys(bulkChanges)),
    picks: fc.array(spreadPick, { minLength: 1, maxLength: 3 }),
  }),
  async ({ operation, picks }, owner, { rest }) => {
    const ids = picks.map((pick) => sessionIdOf(owner, pick));
    const wanted = bulkChanges[operation];
    const outcomes = new Map(
      [...new Set(ids)].map((id) => [
        id,
        outcomeOf(() => {
          if (wanted) owner.change(id, wanted);
          else owner.delete(id);
        }),
      ]),
    );
    const answer = await rest.call('POST', '/api/v1/sessions/bulk', { operation, ids });
    const results = ids.map((id) => {
      const outcome = outcomes.get(id);
      if (outcome instanceof Refusal) return { id, status: outcome.status, code: outcome.code };
      return { id, status: wanted ? 200 : 204 };
    });
    expect(accepted(answer, undefined, 200)).toEqual({ results });
    return undefined;
  },
);

export const sessionCommands = [create, create, change, change, change, activate, bulk];
export const trashCommands = [restore, remove, clear, restoreMessages, restoreMessages];

function clearedSessions({ live }: Readonly<ModelOwner>): ModelSession[] {
  return live.filter(({ cleared }) => cleared.length > 0);
}

function compareAnswer(owner: ModelOwner, answer: Answer<SessionDto>, outcome: ModelSession | Refusal): void {
  const body = accepted(answer, outcome, 200);
  if (body && !(outcome instanceof Refusal)) compareSession(owner, outcome, body);
}
