import type { IncomingHttpHeaders } from 'node:http';
import { pieceBytes, type Pieces } from '../common/in-pieces.js';
import { HttpError } from './problem.js';

/** Maximum number of fields in a body or query; real requests have fewer than ten. */
export const maxFields = 50;

/** Shorter bodies are parsed without counting tokens: parsing them is fast whatever they contain. */
const alwaysParsedBytes = 64 * 1024;
/** Maximum number of tokens in a longer body. `JSON.parse` takes time by tokens, and blocks all other requests meanwhile. */
const maxTokens = 10_000;
/** Longer names are not compared: no field has one. */
const maxNameBytes = 64 * 1024;

/** For whole bodies: it keeps no state between two of them. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const [quote, backslash] = [0x22, 0x5c];
const [openObject, openArray, colon, comma] = [0x7b, 0x5b, 0x3a, 0x2c];

/**
 * Parses a JSON body (RFC 8259) strictly: it must be valid UTF-8, and a flat object must not repeat a name, because
 * `JSON.parse` would drop all but the last value. Only `JSON.parse` itself cannot be interrupted.
 * @returns undefined for an empty body
 * @throws HttpError 400 or 415
 */
export function* parseJsonBody(body: Buffer, headers: IncomingHttpHeaders = {}): Pieces<unknown> {
  assertUtf8(headers);
  if (body.length === 0) return undefined;
  const names = yield* scanNames(body);
  if (!names) throw tooManyFieldsError(maxFields);
  let value: unknown;
  try {
    value = JSON.parse(yield* decode(body));
  } catch {
    throw new HttpError(400, 'malformed_json', 'The body is not valid JSON in UTF-8.');
  }
  const repeated = isFlatObject(value) ? findRepeated(names) : undefined;
  if (repeated !== undefined) throw repeatedFieldError(repeated);
  return value;
}

/** @throws TypeError for a body that is not UTF-8 */
function* decode(body: Buffer): Pieces<string> {
  if (body.length <= pieceBytes) return strictUtf8.decode(body);
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for (let start = 0; start < body.length; start += pieceBytes) {
    text += utf8.decode(body.subarray(start, start + pieceBytes), { stream: true });
    yield;
  }
  return text + utf8.decode();
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

/**
 * The first names of the body, as they are written: every string before a colon.
 * @returns undefined for a long body with too many tokens: `{`, `[`, `:` and `,` outside of strings
 */
function* scanNames(body: Buffer): Pieces<string[] | undefined> {
  const names: string[] = [];
  const most = body.length > alwaysParsedBytes ? maxTokens : Infinity;
  let tokens = 0;
  let [start, end] = [0, 0];
  let pause = pieceBytes;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index];
    if (byte === quote) {
      start = index;
      index = yield* endOfString(body, index);
      end = index + 1;
    } else if (byte === comma || byte === colon || byte === openArray || byte === openObject) tokens++;
    if (tokens > most) return undefined;
    // Of more names, two are equal or the object has too many fields. No field has a name that long.
    const isName = byte === colon && names.length <= maxFields && end - start <= maxNameBytes;
    if (isName) names.push(body.toString('utf8', start, end));
    if (index >= pause) {
      pause = index + pieceBytes;
      yield;
    }
  }
  return names;
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
function findRepeated(written: string[]): string | undefined {
  const names = new Set<string>();
  for (const text of written) {
    const name = JSON.parse(text) as string;
    if (names.has(name)) return name.slice(0, 40);
    names.add(name);
  }
  return undefined;
}

/** The index of the quotation mark that closes the string, or that of the end of the body. */
function* endOfString(body: Buffer, start: number): Pieces<number> {
  for (let at = start + 1; at < body.length;) {
    const limit = Math.min(at + pieceBytes, body.length);
    at = endOfStringBefore(body, at, limit);
    if (at < limit) return at;
    yield;
  }
  return body.length;
}

/**
 * The index of the closing quotation mark; where to go on, if there is none before `limit`. Reads each byte once: a search
 * from mark to mark is a native call for each, and a text may have millions.
 */
function endOfStringBefore(body: Buffer, start: number, limit: number): number {
  for (let at = start; ; at++) {
    if (at >= limit) return at;
    const byte = body[at];
    if (byte === backslash) at++;
    else if (byte === quote) return at;
  }
}
