import { isUtf8 } from 'node:buffer';
import { Busboy } from '@fastify/busboy';
import { mostFields } from '../common/json-body.js';
import { HttpProblem } from '../common/problem.js';
import { InvalidParameter } from './legacy.errors.js';

export const formTypes = ['multipart/form-data', 'application/x-www-form-urlencoded'];

/** What stands where one text should: a field that came twice, and what is no text at all. */
export const repeated = Symbol('repeated');
const notText = Symbol('not a text');

/** The fields of a request, by name, as they came: of a form texts, of JSON whatever it had. */
export type Fields = Map<string, unknown>;

/** PHP, behind which the other actions live, takes no more. */
const mostFormFields = 1000;

/**
 * Reads multipart/form-data (RFC 7578) or application/x-www-form-urlencoded. `name[]` is a list of PHP's.
 * @throws HttpProblem when it cannot be read to its end, is not UTF-8, or has a thousand fields
 */
export async function readForm(body: Buffer, contentType: string): Promise<Fields> {
  const parts = /^multipart\//i.test(contentType);
  requireFew(body, parts ? `--${boundaryOf(contentType)}` : '&');
  const fields: Fields = new Map();
  const add = (name: string, value: string | symbol) => {
    const list = name.indexOf('[');
    const key = list > 0 ? name.slice(0, list) : name;
    fields.set(key, list > 0 ? notText : fields.has(key) ? repeated : value);
  };
  if (parts) await readParts(body, contentType, add);
  else for (const [name, value] of new URLSearchParams(body.toString())) add(name, value);
  // Where there was no character, the decoders have put U+FFFD; but somebody may have written one.
  const lossy = [...fields].some(([name, value]) => `${name}${String(value)}`.includes('\ufffd'));
  if (lossy && !isUtf8(parts ? body : withoutEscapes(body))) throw malformed('The form is not valid UTF-8.');
  return fields;
}

/** The fields of a body of JSON, which must be an object. @throws HttpProblem */
export function readObject(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return new Map(Object.entries(body));
  throw new HttpProblem(400, 'malformed_json', 'The body must be a JSON object.');
}

/** Refuses more fields than any action has, those that came twice, and values that are not single ones. */
export function requireFlat(fields: Fields): void {
  if (fields.size > mostFields) throw tooMany(mostFields);
  for (const [name, value] of fields) {
    if (value === repeated) {
      throw new HttpProblem(
        400,
        'repeated_field',
        `The body has the field ${JSON.stringify(name.slice(0, 40))} more than once.`,
      );
    }
    if (value === notText || (typeof value === 'object' && value !== null)) {
      throw new InvalidParameter(name.slice(0, 40), 'must be a single value, not a list, an object or a file');
    }
  }
}

/** Parsing takes its time for each, and this server has but one thread. */
function requireFew(body: Buffer, separator: string): void {
  let found = 0;
  for (let at = body.indexOf(separator); at !== -1; at = body.indexOf(separator, at + separator.length)) {
    if (++found > mostFormFields) throw tooMany(mostFormFields);
  }
}

/** RFC 7578 section 4.1. */
function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  return quoted ?? plain ?? fail();
}

async function readParts(body: Buffer, contentType: string, add: (name: string, value: string | symbol) => void) {
  await new Promise<void>((resolve, reject) => {
    // All of it is in memory already: a limit to a field would only cut it.
    const limits = { fieldSize: Infinity, headerPairs: 100 };
    const parser = new Busboy({ headers: { 'content-type': contentType }, limits });
    parser.on('field', (name: string | undefined, value: string) => {
      add(name ?? '', value);
    });
    parser.on('file', (name: string | undefined, stream) => {
      stream.on('error', reject);
      stream.resume();
      add(name ?? '', notText);
    });
    parser.on('error', reject);
    parser.on('finish', resolve);
    parser.end(body);
  }).catch(fail);
}

/** The bytes that a urlencoded form stands for. What only looks like an escape stays, as in every decoder. */
function withoutEscapes(body: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(body.length);
  let length = 0;
  for (let at = 0; at < body.length; at++) {
    const escaped = body[at] === percentSign ? parseHex(body[at + 1]) * 16 + parseHex(body[at + 2]) : NaN;
    if (!Number.isNaN(escaped)) at += 2;
    bytes[length++] = Number.isNaN(escaped) ? (body[at] ?? 0) : escaped;
  }
  return bytes.subarray(0, length);
}

const percentSign = 0x25;

/** NaN for what is no hexadecimal digit. */
function parseHex(byte = 0): number {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return digit === -1 ? NaN : digit;
}

function fail(): never {
  throw malformed('The form cannot be read to its end.');
}

function malformed(detail: string): HttpProblem {
  return new HttpProblem(400, 'malformed_form', detail);
}

function tooMany(most: number): HttpProblem {
  return new HttpProblem(400, 'too_many_fields', `The body must have at most ${most} fields.`);
}
