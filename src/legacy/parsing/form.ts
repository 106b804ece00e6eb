import { isUtf8 } from 'node:buffer';
import type { Pieces } from '../../common/in-pieces.js';
import { maxFields, repeatedFieldError, tooManyFieldsError } from '../../http/json-body-parser.js';
import { HttpError } from '../../http/problem.js';
import { InvalidParameterError } from '../legacy.errors.js';
import { limitLength } from './field-length.js';
import type { FormField } from './form-field.js';
import { parseMultipart } from './multipart.js';
import { parseUrlencoded } from './urlencoded.js';

export const multipartType = 'multipart/form-data';
export const urlencodedType = 'application/x-www-form-urlencoded';
export const formTypes = [multipartType, urlencodedType];

/** Markers for a repeated field, and for a value that is not a single text (a list or a file). */
const repeated = Symbol('repeated');
const notText = Symbol('not a text');

/** The undecoded fields of a request, by name: bytes or a marker from a form, any value from JSON. */
export type Fields = Map<string, unknown>;

/** PHP's default `max_input_vars`; also bounds the time for parsing, which blocks the event loop. */
const maxFormFields = 1000;
const utf8Charset = String.raw`(?:\s*;\s*charset="?utf-?8"?)?`;
const boundary = String.raw`\s*;\s*boundary=(?:"([\w'()+./:=?-]{1,70})"|([\w'()+./:=?-]{1,70}))`;
/** Accepts no other parameters: PHP might read them differently. */
const multipart = new RegExp(`^${multipartType}${utf8Charset}${boundary}${utf8Charset}\\s*$`, 'i');
const space = 0x20;

/** True for the content type of a multipart form. */
export function isMultipart(contentType: string): boolean {
  return /^multipart\//i.test(contentType);
}

/**
 * Parses a form without decoding its values: of proxied forms only `action` is needed. A field without a name is dropped,
 * as PHP does.
 * @throws HttpError 400 when the form is malformed or has more than `maxFormFields` fields
 */
export function* parseForm(body: Buffer, contentType: string): Pieces<FormField[]> {
  const [, quoted, plain] = multipart.exec(contentType) ?? [];
  const fields = isMultipart(contentType)
    ? parseMultipart(body, quoted ?? plain ?? '\r', maxFormFields)
    : yield* parseUrlencoded(body, maxFormFields);
  if (fields === 'too many') throw tooManyFieldsError(maxFormFields);
  if (!fields) throw malformedFormError('The form cannot be read to its end.');
  for (const field of fields) field.name = nameInPhp(field.name);
  return fields.filter(({ name }) => name.length > 0);
}

function nameInPhp(name: Buffer): Buffer {
  const start = name.findIndex((byte) => byte !== space);
  const end = name.indexOf(0, Math.max(0, start));
  return start === -1 ? name.subarray(0, 0) : name.subarray(start, end === -1 ? name.length : end);
}

/** The fields of a form by name. Like PHP: `name[]` is a list. */
export function fieldsOf(form: FormField[]): Fields {
  const fields: Fields = new Map();
  for (const { name: bytes, value, isText } of form) {
    const name = bytes.toString();
    const list = name.indexOf('[');
    const key = list > 0 ? name.slice(0, list) : name;
    fields.set(key, list > 0 ? notText : fields.has(key) ? repeated : isText ? value : notText);
  }
  return fields;
}

/** The fields of a JSON body. @throws HttpError 400 unless it is an object */
export function parseObject(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return new Map(Object.entries(body));
  throw new HttpError(400, 'malformed_json', 'The body must be a JSON object.');
}

/**
 * Decodes the fields with these names: single values, texts in UTF-8. The others are only checked: their values may be
 * as large as the body. At most `maxFields` in all.
 * @throws HttpError, InvalidParameterError
 */
export function decodeFields(fields: Fields, names: readonly string[]): Fields {
  if (fields.size > maxFields) throw tooManyFieldsError(maxFields);
  const decoded: Fields = new Map();
  for (const [name, value] of fields) {
    if (names.includes(name)) decoded.set(name, decode(name, value));
    else assertSingleText(name, value);
  }
  return decoded;
}

/** Decodes bytes as UTF-8; other values are returned unchanged. @throws HttpError, InvalidParameterError */
export function decode(name: string, value: unknown): unknown {
  assertSingleText(name, value);
  const limited = limitLength(name, value);
  return limited instanceof Buffer ? limited.toString() : limited;
}

function assertSingleText(name: string, value: unknown): void {
  const shown = name.slice(0, 40);
  if (value === repeated) throw repeatedFieldError(shown);
  if (value instanceof Buffer) {
    if (!isUtf8(value)) throw malformedFormError(`The field ${JSON.stringify(shown)} is not valid UTF-8.`);
  } else if (value === notText || (typeof value === 'object' && value !== null)) {
    throw new InvalidParameterError(shown, 'must be a single value, not a list, an object or a file');
  }
}

function malformedFormError(detail: string): HttpError {
  return new HttpError(400, 'malformed_form', detail);
}
