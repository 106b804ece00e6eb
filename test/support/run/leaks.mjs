import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Shorter ones are found in any text: names of fields and of routes, numbers. */
const shortest = 8;
/** One character again and again is nobody's secret; long texts of the tests are such, and an id of a request is. */
const monotonous = /^(.)\1*$/su;
/** Three parts of base64url, the first of which begins like `{"`. */
const tokenForm = /\beyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*/;

export function findLeaks(lines, secrets) {
  const texts = lines.map((line) => ({ line, text: [line, ...stringsIn(line)].join('\n') }));
  const beginnings = new Set();
  for (const { text } of texts) {
    for (let start = 0; start + shortest <= text.length; start++) beginnings.add(text.slice(start, start + shortest));
  }
  const leaks = texts.filter(({ text }) => tokenForm.test(text)).map(({ line }) => ({ kind: 'token', line }));
  for (const { kind, value } of secrets) {
    for (const piece of piecesOf(kind, value)) {
      // Only what begins like something in the logs is worth looking for in each line.
      if (!beginnings.has(piece.slice(0, shortest))) continue;
      const found = texts.find(({ text }) => text.includes(piece));
      if (found) leaks.push({ kind, line: found.line });
    }
  }
  return [...new Map(leaks.map((leak) => [leak.kind + leak.line, leak])).values()];
}

/** What the workers of a run have written into its folder, each line once. */
export function readRun(folder) {
  const linesOf = (what) => {
    const files = readdirSync(folder).filter((name) => name.startsWith(`${what}-`));
    return [...new Set(files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n')))].filter(Boolean);
  };
  return { lines: linesOf('logs'), secrets: linesOf('secrets').map((line) => JSON.parse(line)) };
}

/** Of a token its parts too: the first says only which algorithm it is. */
function piecesOf(kind, value) {
  const parts = kind === 'token' ? value.split('.').slice(1) : [];
  return [value, ...parts].filter((piece) => piece.length >= shortest && !monotonous.test(piece));
}

/** Every string in a line of JSON, as it was before it was written as JSON. */
function stringsIn(line) {
  try {
    const strings = [];
    JSON.parse(line, (_name, value) => {
      if (typeof value === 'string') strings.push(value);
      return value;
    });
    return strings;
  } catch {
    return [];
  }
}
