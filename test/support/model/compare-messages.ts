import { expectStatus } from '../rest/client.js';
import { compareList } from './compare.js';
import { byTime, pathTo } from './message.js';
import type { Program } from './program.js';
import type { ModelSession } from './session.js';

/** Compares the lists of a session: its tree, other branches, orders, and what pages of the plugin see. */
export async function compareMessages(session: ModelSession, program: Program): Promise<void> {
  await comparePage(session, program);
  if (session.live.length === 0) return;
  const { reader } = program;
  const list = async (query: string) =>
    expectStatus(await reader.messages(session.id, `?limit=200&${query}`), 200).data;
  compareList(await list('order=desc'), byTime(session.branch).reverse());
  compareList(await list('afterSequence=0'), session.branch);
  await compareTree(session, program);
  const ends = [session.live[0], ...session.live.filter((one) => !session.branch.includes(one)).slice(-2)];
  for (const end of ends) if (end) compareList(await list(`head=${end.id}`), byTime(pathTo(end)));
}

async function compareTree(session: ModelSession, { reader }: Program): Promise<void> {
  const { data } = expectStatus(await reader.messages(session.id, '?limit=200&tree=true'), 200);
  compareList(data, session.live);
  const found = data.map(({ id, parentId, revisionOf, onCurrentBranch, siblingCount }) => ({
    ...{ id, parentId, revisionOf, onCurrentBranch, siblingCount },
  }));
  const wanted = session.live.map((message) => ({
    id: message.id,
    parentId: message.parent?.id ?? null,
    revisionOf: message.revisionOf?.id ?? null,
    onCurrentBranch: session.branch.includes(message),
    siblingCount: session.siblingsOf(message).length,
  }));
  expect(found).toEqual(wanted);
}

/** Pages of the plugin show times in whole seconds. */
async function comparePage(session: ModelSession, { pageReader }: Program): Promise<void> {
  const found = await pageReader.messages(session.id);
  const shown = byTime(session.branch).filter(({ isLegacy }) => isLegacy);
  expect(found.map(({ id, role, content, timestamp }) => [String(id), role, content, timestamp])).toEqual(
    shown.map(({ id, sent, content, timestamp = 0 }) => [id, sent.role, content, Math.floor(timestamp / 1000)]),
  );
  const history = await pageReader.history({ session_id: session.id, limit: '200' });
  expect(history.map(({ id, content }) => `${id} ${content}`).sort()).toEqual(
    shown.map(({ id, content }) => `${id} ${content}`).sort(),
  );
}
