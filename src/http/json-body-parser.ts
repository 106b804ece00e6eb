import type { IncomingHttpHeaders } from 'node:http';
import { HttpError } from './problem.js';

/** No request has nearly as many; a body of a hundred thousand is not worth looking at. */
export const maxFields = 50;

/** What is shorter is read in a moment, whatever it is made of. */
const alwaysParsedBytes = 64 * 1024;
/** Of lists, objects, names and values in a longer one: the work of reading it goes by those, and holds everybody up. */
const maxTokens = 10_000;

const [quote, backslash] = [0x22, 0x5c];
/** `{`, `[`, `:` and `,`. */
const tokenStarts = [0x7b, 0x5b, 0x3a, 0x2c];
/** Of RFC 8259, section 2. */
const whiteSpace = [0x20, 0x09, 0x0a, 0x0d];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a body of JSON (RFC 8259) strictly: valid UTF-8, and no name twice, of which all but one would be lost.
 * An empty body is none at all.
 * @throws HttpProblem
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

export function tooManyFieldsError(most: number): HttpError {
  return new HttpError(400, 'too_many_fields', `The body must have at most ${most} fields.`);
}

/** All but one of the two would be lost. */
export function repeatedFieldError(name: string): HttpError {
  return new HttpError(400, 'repeated_field', `The body has the field ${JSON.stringify(name)} more than once.`);
}

/** Nothing is decompressed, and no other alphabet is known. @throws HttpProblem */
export function assertUtf8(headers: IncomingHttpHeaders): void {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(headers['content-type'] ?? '') ?? [];
  const { 'content-encoding': encoding = 'identity' } = headers;
  if (/^utf-?8$/i.test(charset) && encoding.toLowerCase() === 'identity') return;
  throw new HttpError(415, 'unsupported_media_type', 'The body must be application/json in UTF-8.');
}

/** In one pass over the bytes, which leaps over the strings. */
function hasTooManyTokens(body: Buffer): boolean {
  let parts = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === quote) at = endOfBytes(body, at);
    else if (byte !== undefined && tokenStarts.includes(byte) && ++parts > maxTokens) return true;
  }
  return false;
}

function endOfBytes(body: Buffer, start: number): number {
  for (let end = start; ;) {
    end = body.indexOf(quote, end + 1);
    if (end === -1) return body.length;
    let backslashes = 0;
    while (body[end - 1 - backslashes] === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

/** Of such an object every string before a colon is a name. Others fail the check of their fields anyway. */
function isFlatObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  // More fields than any request has are refused by their number.
  if (Object.keys(value).length > maxFields) return false;
  return Object.values(value).every((field) => typeof field !== 'object' || field === null);
}

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

/** The closing quotation mark: the first one that an even number of backslashes precedes. */
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
