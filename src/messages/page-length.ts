import { setImmediate as nextTurn } from 'node:timers/promises';
import { maxPageContentBytes } from './message-rules.js';

/** An escape like `\u001f` has six bytes for one of the content. */
const maxJsonBytesPerByte = 6;
const quotes = 2;
/** After counting so many bytes, other requests have their turn. */
const bytesPerTurn = 1024 * 1024;

/** How many contents of these sizes in bytes fit on a page: at least one. */
export function pageLength(sizes: number[]): number {
  let sum = 0;
  const first = sizes.findIndex((size) => (sum += size) > maxPageContentBytes);
  return first === -1 ? sizes.length : Math.max(first, 1);
}

/** How many of these contents, which have so many bytes of UTF-8, fit on a page in JSON: at least one. */
export async function pageLengthInJson(contents: { content: string; bytes: number }[]): Promise<number> {
  const bytes = contents.reduce((sum, content) => sum + content.bytes, 0);
  if (bytes * maxJsonBytesPerByte <= maxPageContentBytes) return contents.length;
  const sizes: number[] = [];
  let [sum, pause] = [0, bytesPerTurn];
  for (const { content } of contents) {
    const size = Buffer.byteLength(JSON.stringify(content)) - quotes;
    sizes.push(size);
    sum += size;
    // The rest does not change the result.
    if (sum > maxPageContentBytes) break;
    if (sum < pause) continue;
    pause = sum + bytesPerTurn;
    await nextTurn();
  }
  return pageLength(sizes);
}
