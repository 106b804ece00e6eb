import { groupBy } from './check-messages.js';
import { lastEffect, type Event } from './events.js';
import { Removals } from './removals.js';
import type { State } from './state.js';
import type { Violation } from './violation.js';

/** The title of a session that a message has created. */
const defaultTitle = 'New Chat';

/** Checks the sessions that are stored, and those that were created. */
export function checkSessions(events: Event[], { messages, sessions, active }: State): Violation[] {
  const violations: Violation[] = [];
  const rows = groupBy(messages, ({ owner, session }) => `${owner} ${session}`);
  const known = new Set(sessions.map(({ owner, id }) => `${owner} ${id}`));
  for (const [session, { length }] of rows) {
    if (!known.has(session)) violations.push({ kind: 'orphan', what: `${length} messages of ${session}` });
  }
  for (const { owner, session } of active) {
    if (!known.has(`${owner} ${session}`)) violations.push({ kind: 'orphan', what: `active session ${session}` });
  }
  if (new Set(active.map(({ owner }) => owner)).size < active.length) {
    violations.push({ kind: 'two active sessions', what: 'in the database' });
  }
  for (const { owner, id, messageCount, contentBytes, lastSequence } of sessions) {
    const stored = rows.get(`${owner} ${id}`) ?? [];
    const last = Math.max(0, ...stored.map(({ sequence }) => sequence));
    const bytes = stored.reduce((sum, message) => sum + message.bytes, 0);
    if (messageCount !== stored.length || lastSequence < last) {
      violations.push({ kind: 'wrong counter', what: `${id}: ${messageCount} for ${stored.length} messages` });
    }
    if (contentBytes !== bytes)
      violations.push({ kind: 'wrong counter', what: `${id}: ${contentBytes} of ${bytes} bytes` });
  }
  // Clients give every session another title.
  for (const [title, { length }] of groupBy(sessions, ({ title }) => title)) {
    if (length > 1 && title !== defaultTitle) violations.push({ kind: 'duplicated', what: `session ${title}` });
  }
  return [...violations, ...checkCreated(events, known), ...checkTitles(events, sessions)];
}

function checkCreated(events: Event[], known: Set<string>): Violation[] {
  const removals = new Removals(events);
  return events.flatMap((event) => {
    if (event.kind !== 'create' || event.outcome !== 'ok' || event.session === undefined) return [];
    const { owner, session, start } = event;
    const mayBeDeleted = removals
      .of({ owner, session })
      .some((removal) => removal.kind === 'delete' && removal.outcome !== 'rejected' && lastEffect(removal) > start);
    return known.has(`${owner} ${session}`) || mayBeDeleted ? [] : [{ kind: 'lost session', what: session }];
  });
}

/** A title is that of a creation or rename after which no other one was begun and acknowledged. */
function checkTitles(events: Event[], sessions: State['sessions']): Violation[] {
  const titled = events.filter((event) => event.kind === 'rename' || event.kind === 'create');
  const bySession = groupBy(titled, ({ owner, session }) => `${owner} ${session}`);
  const removals = new Removals(events);
  return sessions.flatMap(({ owner, id, title }) => {
    // A creation without an answer has no session.
    const changes = [`${owner} ${id}`, `${owner} undefined`].flatMap((session) => bySession.get(session) ?? []);
    const latestStart = Math.max(...changes.filter(({ outcome }) => outcome === 'ok').map(({ start }) => start));
    const possible = changes.filter((change) => change.outcome !== 'rejected' && lastEffect(change) >= latestStart);
    const isRecreated = removals.of({ owner, session: id }).some(({ kind }) => kind === 'delete');
    const mayBeDefault =
      isRecreated || changes.every(({ session, outcome }) => session === undefined || outcome !== 'ok');
    const fits = possible.some((change) => change.title === title) || (mayBeDefault && title === defaultTitle);
    return fits
      ? []
      : [
          {
            kind: 'wrong title',
            what: `${title} of ${id}, not one of ${possible.map((change) => change.title).join(', ')}`,
          },
        ];
  });
}
