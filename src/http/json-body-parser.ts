import type { IncomingHttpHeaders } from 'node:http';
import { HttpError } from './problem.js';

/** Maximum number of fields in a body or query; real requests have fewer than ten. */
export const maxFields = 50;

/** Shorter bodies are parsed without counting tokens: parsing them is fast whatever they contain. */
const alwaysParsedBytes = 64 * 1024;
/** Maximum number of tokens in a longer body. `JSON.parse` takes time by tokens, and blocks all other requests meanwhile. */
const maxTokens = 10_000;

const [quote, backslash] = [0x22, 0x5c];
/** `{`, `[`, `:` and `,`. */
const tokenStarts = [0x7b, 0x5b, 0x3a, 0x2c];
/** RFC 8259 section 2. */
const whiteSpace = [0x20, 0x09, 0x0a, 0x0d];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a JSON body (RFC 8259) strictly: it must be valid UTF-8, and a flat object must not repeat a name, because
 * `JSON.parse` would drop all but the last value.
 * @returns undefined for an empty body
 * @throws HttpError 400 or 415
 */
export function parseJsonBody(body: Buffer, headers: IncomingHttpHeaders = {}): unknown {
  assertUtf8(headers);
  if (body.length === 0) return undefined;
  if (body.length > alwaysParsedBytes && hasTooManyTokens(body)) throw tooManyFieldsError(maxFields);
  let value: unknown;
  let text: string;
  try {
    text = utf8.decode(body);
    value = JSON.parse(text);
  } catch {
    throw new HttpError(400, 'malformed_json', 'The body is not valid JSON in UTF-8.');
  }
  const repeated = isFlatObject(value) ? findRepeatedName(text) : undefined;
  if (repeated !== undefined) throw repeatedFieldError(repeated);
  return value;
}

export function tooManyFieldsError(max: number): HttpError {
  return new HttpError(400, 'too_many_fields', `The body must have at most ${max} fields.`);
}

export function repeatedFieldError(name: string): HttpError {
  return new HttpError(400, 'repeated_field', `The body has the field ${JSON.stringify(name)} more than once.`);
}

/** Checks the declared charset and encoding: only uncompressed UTF-8 is supported. @throws HttpError 415 */
export function assertUtf8(headers: IncomingHttpHeaders): void {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(headers['content-type'] ?? '') ?? [];
  if (!/^utf-?8$/i.test(charset)) throw unsupportedBodyError();
  assertNotCompressed(headers);
}

/** @throws HttpError 415 */
export function assertNotCompressed({ 'content-encoding': encoding = 'identity' }: IncomingHttpHeaders): void {
  if (encoding.toLowerCase() !== 'identity') throw unsupportedBodyError();
}

function unsupportedBodyError(): HttpError {
  return new HttpError(415, 'unsupported_media_type', 'The body must be application/json in UTF-8.');
}

/** Counts tokens in one pass over the bytes, skipping strings. */
function hasTooManyTokens(body: Buffer): boolean {
  let tokens = 0;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index];
    if (byte === quote) index = endOfStringBytes(body, index);
    else if (byte !== undefined && tokenStarts.includes(byte) && ++tokens > maxTokens) return true;
  }
  return false;
}

/** The index of the closing quotation mark, or the length of the body if there is none. */
function endOfStringBytes(body: Buffer, start: number): number {
  for (let end = start; ;) {
    end = body.indexOf(quote, end + 1);
    if (end === -1) return body.length;
    let backslashes = 0;
    while (body[end - 1 - backslashes] === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

/**
 * True for an object without nested values, in which every string before a colon is a field name. Validation rejects
 * every other value.
 */
function isFlatObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  // Validation rejects the number of fields.
  if (Object.keys(value).length > maxFields) return false;
  return Object.values(value).every((field) => typeof field !== 'object' || field === null);
}

/** The first name that occurs twice, shortened; undefined if there is none. */
function findRepeatedName(text: string): string | undefined {
  const names = new Set<string>();
  for (let start = text.indexOf('"'); start !== -1;) {
    const end = endOfString(text, start);
    let next = end + 1;
    while (whiteSpace.includes(text.charCodeAt(next))) next++;
    if (text[next] === ':') {
      const name = JSON.parse(text.slice(start, end + 1)) as string;
      if (names.has(name)) return name.slice(0, 40);
      names.add(name);
    }
    start = text.indexOf('"', end + 1);
  }
  return undefined;
}

/** The index of the closing quotation mark: the first one after an even number of backslashes. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (backslashesBefore(text, end) % 2 === 1) end = text.indexOf('"', end + 1);
  return end;
}

function backslashesBefore(text: string, end: number): number {
  let count = 0;
  while (text[end - 1 - count] === '\\') count++;
  return count;
}
