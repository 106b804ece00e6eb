import { maxFields, repeatedFieldError, tooManyFieldsError } from '../../http/json-body-parser.js';
import { HttpError } from '../../http/problem.js';
import { InvalidParameterError } from '../legacy.errors.js';
import { parseParts } from './multipart.js';

export const formTypes = ['multipart/form-data', 'application/x-www-form-urlencoded'];

/** Markers for a repeated field, and for a value that is not a single text (a list or a file). */
const repeated = Symbol('repeated');
const notText = Symbol('not a text');

/** The undecoded fields of a request, by name: bytes or a marker from a form, any value from JSON. */
export type Fields = Map<string, unknown>;

/** PHP's default `max_input_vars`; also bounds the time for parsing, which blocks the event loop. */
const maxFormFields = 1000;
/** In bytes, before percent-decoding. */
const maxNameBytes = 1000;
const utf8Charset = String.raw`(?:\s*;\s*charset="?utf-?8"?)?`;
const boundary = String.raw`\s*;\s*boundary=(?:"([\w'()+./:=?-]{1,70})"|([\w'()+./:=?-]{1,70}))`;
/** Accepts no other parameters: PHP might read them differently. */
const multipart = new RegExp(`^multipart/form-data${utf8Charset}${boundary}${utf8Charset}\\s*$`, 'i');
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses a form without decoding its values: of proxied forms only `action` is needed.
 * @throws HttpError 400 when the form is malformed or has more than `maxFormFields` fields
 */
export function parseForm(body: Buffer, contentType: string): Fields {
  const fields: Fields = new Map();
  const entries = /^multipart\//i.test(contentType) ? parseMultipart(body, contentType) : parseUrlencoded(body);
  for (const [rawName, value] of entries) {
    // Like PHP: leading spaces and everything from a NUL on are dropped, and `name[]` is a list.
    const name = rawName.replace(/^ +/, '').replace(/\0.*$/s, '');
    const list = name.indexOf('[');
    const key = list > 0 ? name.slice(0, list) : name;
    fields.set(key, list > 0 ? notText : fields.has(key) ? repeated : value);
  }
  return fields;
}

/** The fields of a JSON body. @throws HttpError 400 unless it is an object */
export function parseObject(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return new Map(Object.entries(body));
  throw new HttpError(400, 'malformed_json', 'The body must be a JSON object.');
}

/**
 * Decodes the fields of a known action: single values, texts in UTF-8, at most `maxFields`.
 * @throws HttpError, InvalidParameterError
 */
export function decodeFields(fields: Fields): Fields {
  if (fields.size > maxFields) throw tooManyFieldsError(maxFields);
  return new Map([...fields].map(([name, value]) => [name, decode(name, value)]));
}

/** Decodes bytes as UTF-8; other values are returned unchanged. @throws HttpError, InvalidParameterError */
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

/** Parses application/x-www-form-urlencoded (url.spec.whatwg.org) without decoding the bytes as UTF-8. */
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
    if (pair.length > 0) pairs.push([percentDecode(name).toString(), percentDecode(value)]);
    start = end + 1;
  }
  return pairs;
}

/** Percent-decodes, with `+` for a space. Invalid escapes stay unchanged, as the standard requires. */
function percentDecode(escaped: Buffer): Buffer {
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

/** The value of an ASCII hexadecimal digit, or -1. */
function hexValueOf(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function malformedFormError(detail: string): HttpError {
  return new HttpError(400, 'malformed_form', detail);
}
