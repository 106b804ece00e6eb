import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** The kind of a secret in the report at the end of the run. */
type Kind = 'token' | 'cookie' | 'secret' | 'text';

const kinds: Record<string, Kind> = {
  sesskey: 'token',
  token: 'token',
  content: 'text',
  title: 'text',
  clientMessageId: 'text',
  client_message_id: 'text',
};

/** Keeps the lines of a server's log, equal ones once. At the end of the run they are searched for secrets. */
export function recordLog(text: string): void {
  for (const line of text.split('\n')) if (line !== '') record('logs', withoutVariableParts(line), line);
}

/** Records a value that no log of the run may have. Of a long text only the beginning is recorded. */
export function noteSecret(kind: Kind, value: unknown): void {
  if (typeof value !== 'string') return;
  const recordedValue = kind === 'text' ? value.trim().slice(0, 32) : value;
  const line = JSON.stringify({ kind, value: recordedValue });
  record('secrets', line, line);
}

/** Records the secrets of a request: tokens and cookies in its headers, tokens and texts in its body. */
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

/** Records the secrets in the environment variables of a server. */
export function noteEnvironment({ DATABASE_URL: url, ...variables }: Record<string, string>): void {
  for (const name of ['JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'METRICS_TOKEN']) noteSecret('secret', variables[name]);
  const headers = new URLSearchParams(variables.OTEL_EXPORTER_OTLP_HEADERS?.replaceAll(',', '&'));
  for (const value of headers.values()) noteSecret('secret', value);
  if (url !== undefined && URL.canParse(url)) noteSecret('secret', decodeURIComponent(new URL(url).password));
}

function fieldsOf(body: unknown): Iterable<[string, unknown]> {
  if (body instanceof FormData || body instanceof URLSearchParams) return body.entries();
  const text = body instanceof Uint8Array ? Buffer.from(body).toString() : body;
  if (typeof text !== 'string') return Object.entries(body ?? {}) as [string, unknown][];
  // Longer bodies consist of one repeated character.
  if (text.length > 100_000) return [];
  try {
    return Object.entries((JSON.parse(text) ?? {}) as object) as [string, unknown][];
  } catch {
    return new URLSearchParams(text).entries();
  }
}

/** What differs in each run or request: ids, times, durations, processes, ports, folders. */
const variableParts = [
  /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g,
  /"traceId":"[0-9a-f]{32}"/g,
  /"(time|ms|pid)":[\d.]+/g,
  /\d{4}-\d\d-\d\dT[\d:.]+Z/g,
  /:\d{2,5}\b/g,
  /\/chat-[a-z]+-\w{6}\b/g,
];

function withoutVariableParts(line: string): string {
  return variableParts.reduce((text, pattern) => text.replace(pattern, ''), line);
}

const recorded = new Set<string>();

/** Writes at once, because there is no event for the end of a worker. Each thread has its own files. */
function record(what: 'logs' | 'secrets', key: string, line: string): void {
  const folder = process.env.TEST_RUN_FOLDER;
  if (folder === undefined) throw new Error('TEST_RUN_FOLDER is not set: the global setup has not run');
  const file = join(folder, `${what}-${threadId}`);
  const entry = `${file} ${key}`;
  if (recorded.has(entry)) return;
  recorded.add(entry);
  appendFileSync(file, `${line}\n`);
}
