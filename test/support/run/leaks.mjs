import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Shorter values occur in any text: names of fields and routes, numbers. */
const shortest = 8;
/** One repeated character is no secret: long texts of the tests and an id of a request consist of it. */
const monotonous = /^(.)\1*$/su;
/** Three parts in base64url, the first of which begins with `{"`. */
const tokenForm = /\beyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*/;

export function findLeaks(lines, secrets) {
  const texts = lines.map((line) => ({ line, text: [line, ...stringsIn(line)].join('\n') }));
  const beginnings = new Set();
  for (const { text } of texts) {
    for (let start = 0; start + shortest <= text.length; start++) beginnings.add(text.slice(start, start + shortest));
  }
  const leaks = texts.filter(({ text }) => tokenForm.test(text)).map(({ line }) => ({ kind: 'token', line }));
  for (const { kind, value } of secrets) {
    for (const part of partsOf(kind, value)) {
      // Search each line only for values whose beginning occurs in the logs.
      if (!beginnings.has(part.slice(0, shortest))) continue;
      const found = texts.find(({ text }) => text.includes(part));
      if (found) leaks.push({ kind, line: found.line });
    }
  }
  return [...new Map(leaks.map((leak) => [leak.kind + leak.line, leak])).values()];
}

/** The lines that the workers of a run have written into its folder, each once. */
export function readRun(folder) {
  const linesOf = (what) => {
    const files = readdirSync(folder).filter((name) => name.startsWith(`${what}-`));
    return [...new Set(files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n')))].filter(Boolean);
  };
  return { lines: linesOf('logs'), secrets: linesOf('secrets').map((line) => JSON.parse(line)) };
}

/** The value, and the payload and signature of a token; its header is no secret. */
function partsOf(kind, value) {
  const parts = kind === 'token' ? value.split('.').slice(1) : [];
  return [value, ...parts].filter((part) => part.length >= shortest && !monotonous.test(part));
}

/** Every string in a line of JSON, decoded. */
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
