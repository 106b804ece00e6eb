import type { IncomingHttpHeaders } from 'node:http';
import { pieceBytes, type Pieces } from '../common/in-pieces.js';
import { JsonText } from '../common/json-text.js';
import { scanValues, type ScannedField } from './top-level-fields.js';
import { HttpError } from './problem.js';

/** Maximum number of fields in a body or query; real requests have fewer than ten. */
export const maxFields = 50;

/** Shorter bodies are parsed without counting tokens: parsing them is fast whatever they contain. */
const alwaysParsedBytes = 64 * 1024;
/** Maximum number of tokens in a longer body. `JSON.parse` takes time by tokens, and blocks all other requests meanwhile. */
const maxTokensOfLong = 10_000;
/** For whole bodies: it keeps no state between two of them. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a JSON body (RFC 8259) strictly: it must be valid UTF-8, and its object must not repeat a name, because
 * `JSON.parse` would drop all but the last value. Lists and objects in the fields of the object become `JsonText`s. Only
 * `JSON.parse` itself cannot be interrupted.
 * @returns undefined for an empty body
 * @throws HttpError 400 or 415
 */
export function* parseJsonBody(body: Buffer, headers: IncomingHttpHeaders = {}): Pieces<unknown> {
  assertUtf8(headers);
  if (body.length === 0) return undefined;
  const maxTokens = body.length > alwaysParsedBytes ? maxTokensOfLong : Infinity;
  const scanned = yield* scanValues(body, { maxFields, maxTokens });
  if (!scanned) throw tooManyFieldsError(maxFields);
  const { fields } = scanned;
  let value: unknown;
  try {
    value = JSON.parse(yield* decode(body));
  } catch {
    throw new HttpError(400, 'malformed_json', 'The body is not valid JSON in UTF-8.');
  }
  // Validation rejects other values, and the number of fields.
  if (!isObject(value) || fields.length > maxFields) return value;
  const repeated = findRepeated(fields);
  if (repeated !== undefined) throw repeatedFieldError(repeated);
  return yield* keepTexts(value, fields, body);
}

/**
 * Parses the objects in a list, each as `parseJsonBody` does.
 * @param list a list in JSON
 * @returns undefined unless it has 1 to `maxItems` items, which are objects
 * @throws HttpError 400 for an object that repeats a name
 */
export function* parseJsonObjects({ text }: JsonText, maxItems: number): Pieces<object[] | undefined> {
  const list = Buffer.from(text);
  const scanned = yield* scanValues(list, { maxFields: maxItems, maxTokens: Infinity });
  const { items = [] } = scanned ?? {};
  const value = JSON.parse(text) as unknown;
  const isList = Array.isArray(value) && value.length === items.length && value.every(isObject);
  if (!isList || items.length === 0 || items.length > maxItems) return undefined;
  const objects: object[] = [];
  for (const { start, end } of items) objects.push((yield* parseJsonBody(list.subarray(start, end))) as object);
  return objects;
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first name that occurs twice, shortened; undefined if there is none. */
function findRepeated(fields: ScannedField[]): string | undefined {
  const names = new Set<string>();
  for (const field of fields) {
    const name = nameOf(field);
    if (names.has(name)) return name.slice(0, 40);
    names.add(name);
  }
  return undefined;
}

/** Replaces lists and objects by their texts. */
function* keepTexts(value: object, fields: ScannedField[], body: Buffer): Pieces<object> {
  for (const field of fields) {
    if (!field.nested) continue;
    const text = yield* decode(body.subarray(field.nested.start, field.nested.end));
    // An assignment to `__proto__` would not create a field.
    Object.defineProperty(value, nameOf(field), {
      value: new JsonText(text),
      ...{ enumerable: true, configurable: true, writable: true },
    });
  }
  return value;
}

function nameOf({ name }: ScannedField): string {
  return JSON.parse(name) as string;
}
