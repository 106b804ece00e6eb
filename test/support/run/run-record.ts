import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** What a secret is, as the end of the run tells it. */
type Kind = 'token' | 'cookie' | 'secret' | 'words';

const kinds: Record<string, Kind> = {
  sesskey: 'token',
  token: 'token',
  content: 'words',
  title: 'words',
  clientMessageId: 'words',
  client_message_id: 'words',
};

/** Keeps the lines of a server's log for the end of the run, when secrets are looked for in them; like ones once. */
export function recordLog(text: string): void {
  for (const line of text.split('\n')) if (line !== '') record('logs', withoutChance(line), line);
}

/** Notes something that no log of the run may have. Of long words their beginning is noted. */
export function noteSecret(kind: Kind, value: unknown): void {
  if (typeof value !== 'string') return;
  const noted = kind === 'words' ? value.trim().slice(0, 32) : value;
  const line = JSON.stringify({ kind, value: noted });
  record('secrets', line, line);
}

/** Notes what a request carries that no log may have: tokens and cookies of its headers, tokens and words of its body. */
export function noteRequest(headers: object, body?: unknown): void {
  for (const [name, value] of Object.entries(headers) as [string, unknown][]) {
    if (name === 'authorization') noteSecret('token', String(value).replace(/^\S+\s+/, ''));
    if (name === 'cookie')
      for (const part of String(value).split(/;\s*/)) noteSecret('cookie', part.replace(/^.*?=/, ''));
  }
  noteFields(fieldsOf(body));
}

export function noteFields(fields: Iterable<[string, unknown]>): void {
  for (const [name, value] of fields) {
    const kind = kinds[name];
    if (kind) noteSecret(kind, value);
  }
}

/** Notes what a server is told that no log may have. */
export function noteEnvironment({ JWT_SECRET: secret, DATABASE_URL: url }: Record<string, string>): void {
  noteSecret('secret', secret);
  if (url !== undefined && URL.canParse(url)) noteSecret('secret', decodeURIComponent(new URL(url).password));
}

function fieldsOf(body: unknown): Iterable<[string, unknown]> {
  if (body instanceof FormData || body instanceof URLSearchParams) return body.entries();
  const text = body instanceof Uint8Array ? Buffer.from(body).toString() : body;
  if (typeof text !== 'string') return Object.entries(body ?? {}) as [string, unknown][];
  // Longer ones are of characters that are all alike.
  if (text.length > 100_000) return [];
  try {
    return Object.entries((JSON.parse(text) ?? {}) as object) as [string, unknown][];
  } catch {
    return new URLSearchParams(text).entries();
  }
}

/** What is another one in each run or request: ids, times, durations, processes, ports, folders. */
const chance = [
  /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g,
  /"(time|ms|pid)":[\d.]+/g,
  /\d{4}-\d\d-\d\dT[\d:.]+Z/g,
  /:\d{2,5}\b/g,
  /\/chat-[a-z]+-\w{6}\b/g,
];

function withoutChance(line: string): string {
  return chance.reduce((text, pattern) => text.replace(pattern, ''), line);
}

const recorded = new Set<string>();

/** At once, since nobody says when a worker ends. Each thread has files of its own. */
function record(what: 'logs' | 'secrets', key: string, line: string): void {
  const folder = process.env.TEST_RUN_FOLDER;
  if (folder === undefined) throw new Error('the run has no folder: its setup has not run');
  const file = join(folder, `${what}-${threadId}`);
  const entry = `${file} ${key}`;
  if (recorded.has(entry)) return;
  recorded.add(entry);
  appendFileSync(file, `${line}\n`);
}
