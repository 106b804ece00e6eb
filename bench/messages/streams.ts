import { timed } from './client.js';
import { figureOf, type Figure } from './figures.js';

interface Begun {
  id: string;
  sessionId: string;
  lease: string;
}

const replies = 5;
const chunks = 200;

/** Writes replies in chunks: of 1 MiB, and of 20 KB as models send it. */
export async function measureStreams(url: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, bytes] of [
    ['a chunk of a reply of 1 MiB in 200', 1024 * 1024],
    ['a chunk of a reply of 20 KB in 200', 20_000],
  ] as const) {
    const [appends, ends]: [number[], number[]] = [[], []];
    for (let reply = 0; reply < replies; reply++) {
      const begin = { role: 'assistant', content: '', status: 'in_progress' };
      const { body } = await timed<Begun>(url, { method: 'POST', path: '/messages', body: begin });
      const { id, sessionId, lease } = body;
      const path = `/sessions/${sessionId}/messages/${id}`;
      const append = 'x'.repeat(Math.floor(bytes / chunks));
      for (let chunk = 0; chunk < chunks; chunk++) {
        const change = { lease, offset: chunk * append.length, append };
        appends.push((await timed(url, { method: 'PATCH', path, body: change })).ms);
      }
      ends.push((await timed(url, { method: 'PATCH', path, body: { lease, status: 'complete' } })).ms);
    }
    figures.push(figureOf(name, appends), figureOf(`the end of ${name.slice(name.indexOf('a reply'))}`, ends));
  }
  return figures;
}
