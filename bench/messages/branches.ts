import { timed } from './client.js';
import { figureOf, type Figure } from './figures.js';

interface Listed {
  data: { id: string }[];
}

const messages = 10_000;
const perBatch = 100;
const sideBranches = 500;
const runs = 10;
const sentence = 'A sentence about rivers, of the usual length, with a question. ';

/** Edits, regenerates and switches in a session of 10,000 messages with 500 side branches. */
export async function measureBranches(url: string): Promise<Figure[]> {
  const { body: session } = await timed<{ id: string }>(url, { method: 'POST', path: '/sessions', body: {} });
  const at = `/sessions/${session.id}`;
  for (let batch = 0; batch < messages / perBatch; batch++) {
    const many = Array.from({ length: perBatch }, (_, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: sentence.repeat(3),
    }));
    await timed(url, { method: 'POST', path: `${at}/messages/batch`, body: { messages: many }, status: 200 });
  }
  const list = async (query: string) => timed<Listed>(url, { method: 'GET', path: `${at}/messages?limit=50${query}` });
  const save = (body: object) => timed<{ id: string }>(url, { method: 'POST', path: `${at}/messages`, body });
  const { body: newest } = await list('&order=desc');
  const question = newest.data[1]?.id ?? '';
  const regenerated = async (content: string) => (await save({ role: 'assistant', content, parentId: question })).ms;
  const regenerations: number[] = [];
  for (let side = 0; side < sideBranches; side++) regenerations.push(await regenerated(`${sentence} ${side}`));
  const figures = [figureOf('regenerate at the end', regenerations)];
  const measure = async (name: string, run: (index: number) => Promise<{ ms: number }>) => {
    const times: number[] = [];
    for (let index = 0; index < runs; index++) times.push((await run(index)).ms);
    figures.push(figureOf(name, times));
  };
  await measure('the newest 50 messages', () => list('&order=desc'));
  await measure('the oldest 50 messages', () => list(''));
  await measure('the tree, 50 messages', () => list('&tree=true'));
  await measure('the newest 50 of another branch', () => list(`&order=desc&head=${newest.data[0]?.id ?? ''}`));
  const { body: oldest } = await list('');
  const first = oldest.data[0]?.id ?? '';
  const switches: number[] = [];
  await measure('edit the first message', async (index) => {
    const edited = await timed(url, { method: 'PUT', path: `${at}/messages/${first}`, body: { content: `${index}?` } });
    switches.push((await timed(url, { method: 'PATCH', path: at, body: { headId: first } })).ms);
    return edited;
  });
  figures.push(figureOf('switch back', switches));
  const path = `${at}/messages/${first}`;
  const restores: number[] = [];
  await measure('delete the first message with all others', async () => {
    const deleted = await timed(url, { method: 'DELETE', path: `${path}?replies=true` });
    restores.push((await timed(url, { method: 'POST', path: `${path}/restore`, status: 200 })).ms);
    return deleted;
  });
  return [...figures, figureOf('restore them', restores)];
}
