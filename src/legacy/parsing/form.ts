import { maxFields, repeatedFieldError, tooManyFieldsError } from '../../http/json-body-parser.js';
import { HttpError } from '../../http/problem.js';
import { InvalidParameterError } from '../legacy.errors.js';
import { parseParts } from './multipart.js';

export const formTypes = ['multipart/form-data', 'application/x-www-form-urlencoded'];

/** What stands where one text should: a field that came twice, and what is no text at all. */
const repeated = Symbol('repeated');
const notText = Symbol('not a text');

/** The fields of a request, by name, as they came: of a form bytes or one of the symbols, of JSON whatever it had. */
export type Fields = Map<string, unknown>;

/** PHP, behind which the other actions live, takes no more; and taking apart more would hold up everybody. */
const maxFormFields = 1000;
/** In bytes, as it comes. */
const maxNameBytes = 1000;
const utf8Charset = String.raw`(?:\s*;\s*charset="?utf-?8"?)?`;
const boundary = String.raw`\s*;\s*boundary=(?:"([\w'()+./:=?-]{1,70})"|([\w'()+./:=?-]{1,70}))`;
/** With nothing that PHP might read in another way. */
const multipart = new RegExp(`^multipart/form-data${utf8Charset}${boundary}${utf8Charset}\\s*$`, 'i');
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The fields of a form, not yet decoded: of what is passed on only the action is looked at.
 * @throws HttpProblem when it cannot be read to its end, or has a thousand fields
 */
export function parseForm(body: Buffer, contentType: string): Fields {
  const fields: Fields = new Map();
  const entries = /^multipart\//i.test(contentType) ? parseMultipart(body, contentType) : parseUrlencoded(body);
  for (const [given, value] of entries) {
    // As PHP reads names: without spaces before and whatever comes after NUL, and `name[]` is a list.
    const name = given.replace(/^ +/, '').replace(/\0.*$/s, '');
    const list = name.indexOf('[');
    const key = list > 0 ? name.slice(0, list) : name;
    fields.set(key, list > 0 ? notText : fields.has(key) ? repeated : value);
  }
  return fields;
}

/** The fields of a body of JSON, which must be an object. @throws HttpProblem */
export function parseObject(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return new Map(Object.entries(body));
  throw new HttpError(400, 'malformed_json', 'The body must be a JSON object.');
}

/**
 * The fields as an action of ours reads them: single values, texts in UTF-8, no more than any action has.
 * @throws HttpProblem, InvalidParameter
 */
export function decodeFields(fields: Fields): Fields {
  if (fields.size > maxFields) throw tooManyFieldsError(maxFields);
  return new Map([...fields].map(([name, value]) => [name, decode(name, value)]));
}

/** The text that the bytes are in UTF-8. @throws HttpProblem, InvalidParameter */
export function decode(name: string, value: unknown): unknown {
  const shown = name.slice(0, 40);
  if (value === repeated) throw repeatedFieldError(shown);
  if (value instanceof Buffer) {
    try {
      return utf8.decode(value);
    } catch {
      throw malformedFormError(`The field ${JSON.stringify(shown)} is not valid UTF-8.`);
    }
  }
  if (value === notText || (typeof value === 'object' && value !== null)) {
    throw new InvalidParameterError(shown, 'must be a single value, not a list, an object or a file');
  }
  return value;
}

function parseMultipart(body: Buffer, contentType: string): [string, unknown][] {
  const [, quoted, plain] = multipart.exec(contentType) ?? [];
  const parts = parseParts(body, quoted ?? plain ?? '\r', maxFormFields);
  if (parts === 'too many') throw tooManyFieldsError(maxFormFields);
  if (!parts) throw malformedFormError('The form cannot be read to its end.');
  return parts.map(({ name, bytes, isText }) => [name, isText ? bytes : notText]);
}

/** The standard of application/x-www-form-urlencoded (url.spec.whatwg.org), but for the decoding of the bytes. */
function parseUrlencoded(body: Buffer): [string, unknown][] {
  const pairs: [string, unknown][] = [];
  for (let start = 0, found = 0; start < body.length;) {
    if (++found > maxFormFields) throw tooManyFieldsError(maxFormFields);
    const next = body.indexOf('&', start);
    const end = next === -1 ? body.length : next;
    const pair = body.subarray(start, end);
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.subarray(0, equals);
    const value = equals === -1 ? Buffer.alloc(0) : pair.subarray(equals + 1);
    if (name.length > maxNameBytes) throw malformedFormError('The form has a field whose name is too long.');
    if (pair.length > 0) pairs.push([withoutEscapes(name).toString(), withoutEscapes(value)]);
    start = end + 1;
  }
  return pairs;
}

/** What only looks like an escape stays, as in every decoder. */
function withoutEscapes(escaped: Buffer): Buffer {
  if (!escaped.includes('%') && !escaped.includes('+')) return escaped;
  const bytes = Buffer.allocUnsafe(escaped.length);
  let length = 0;
  for (let at = 0; at < escaped.length; at++) {
    const byte = escaped[at] ?? 0;
    const high = byte === 0x25 ? hexValueOf(escaped[at + 1]) : -1;
    const low = high === -1 ? -1 : hexValueOf(escaped[at + 2]);
    if (low !== -1) at += 2;
    bytes[length++] = low !== -1 ? high * 16 + low : byte === 0x2b ? 0x20 : byte;
  }
  return bytes.subarray(0, length);
}

/** -1 for what is no hexadecimal digit. */
function hexValueOf(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function malformedFormError(detail: string): HttpError {
  return new HttpError(400, 'malformed_form', detail);
}
