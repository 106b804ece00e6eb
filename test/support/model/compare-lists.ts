import type { SessionDto } from '../../../src/sessions/session.dto.js';
import { expectStatus } from '../rest/client.js';
import { compareSession } from './compare.js';
import type { ModelOwner } from './owner.js';
import type { Program } from './program.js';
import type { ModelSession } from './session.js';
import { words } from './values.js';

/** Filters of the list of sessions, and what they select. */
const filters: Record<string, (session: ModelSession) => boolean> = {
  '': ({ isDeleted }) => !isDeleted,
  '&state=trash': ({ isDeleted }) => isDeleted,
  '&state=all': () => true,
  '&pinned=true': ({ isDeleted, pinned }) => !isDeleted && pinned,
  '&archived=false&state=all': ({ archived }) => !archived,
  '&metadataKey=subject&metadataValue=rivers': ({ isDeleted, metadata }) => !isDeleted && metadata.subject === 'rivers',
  '&q=nile&state=all': ({ title }) => title.includes('Nile'),
};

/** Each order, and what it is by. */
const orders: Record<string, (session: SessionDto) => string> = {
  activity: ({ lastActivityAt }) => lastActivityAt,
  created: ({ createdAt }) => createdAt,
  title: ({ title }) => title.toLowerCase(),
};

/** Compares the lists of sessions, with every filter, and in every order with some of them. */
export async function compareLists(owner: ModelOwner, { reader, pageReader }: Program): Promise<void> {
  const names = Object.keys(orders);
  const queries = Object.keys(filters).map((filter, index) => ({ filter, order: names[index % names.length] ?? '' }));
  for (const { filter, order } of queries) {
    const { data } = expectStatus(await reader.sessions(`?limit=200&order=${order}${filter}`), 200);
    const wanted = owner.sessions.filter((session) => filters[filter]?.(session));
    expect([filter, data.map(({ id }) => id).sort()]).toEqual([filter, wanted.map(({ id }) => id).sort()]);
    const keys = data.map((session) => orders[order]?.(session));
    expect(keys).toEqual(order === 'title' ? keys.toSorted() : keys.toSorted().reverse());
    for (const session of wanted) {
      const found = data.find(({ id }) => id === session.id);
      if (found) compareSession(owner, session, found);
    }
  }
  const listed = await pageReader.sessions();
  expect(
    listed
      .map(({ session_id, title, is_active, message_count }) => [session_id, title, is_active, message_count])
      .sort(),
  ).toEqual(owner.live.map((one) => [one.id, one.title, Number(owner.active === one), one.live.length]).sort());
  const active = await reader.active();
  expect(active.status === 200 ? active.body.id : active.body.code).toBe(owner.active?.id ?? 'no_active_session');
}

/** Compares the hits of searches, and the history of all sessions. */
export async function compareSearches(owner: ModelOwner, { reader, pageReader }: Program): Promise<void> {
  const shown = owner.live.flatMap(({ branch }) => branch);
  for (const word of words.slice(0, 3)) {
    const { data } = expectStatus(await reader.search(word.toLowerCase(), '&limit=50'), 200);
    const messages = shown.filter(({ isWritten, content }) => !isWritten && content.includes(word));
    const titles = owner.live.filter(({ title }) => title.includes(word));
    const hits = data.map(({ sessionId, messageId }) => `${sessionId} ${messageId ?? 'title'}`);
    const wanted = [
      ...messages.map(({ id, session }) => `${session.id} ${id}`),
      ...titles.map(({ id }) => `${id} title`),
    ];
    expect([word, hits.sort()]).toEqual([word, wanted.sort()]);
  }
  const history = await pageReader.history({ limit: '200' });
  const found = history.map(({ id, content }) => `${id} ${content}`);
  expect(found.sort()).toEqual(
    shown
      .filter(({ isLegacy }) => isLegacy)
      .map(({ id, content }) => `${id} ${content}`)
      .sort(),
  );
  const times = history.map(({ timestamp }) => timestamp);
  expect(times).toEqual([...new Set(times)].sort((a, b) => b - a));
}
