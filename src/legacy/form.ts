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
 * @throws HttpProblem when it cannot be read to its end, or is not UTF-8
 */
export async function readForm(body: Buffer, contentType: string): Promise<Fields> {
  const fields: Fields = new Map();
  const add = (name: string, value: unknown) => {
    const list = name.indexOf('[');
    const key = list > 0 ? name.slice(0, list) : name;
    fields.set(key, list > 0 ? notText : fields.has(key) ? repeated : value);
  };
  const lossy = await parse(body, contentType, add).catch(() => {
    throw new HttpProblem(400, 'malformed_form', 'The form cannot be read to its end.');
  });
  if (lossy && !isUtf8(withoutEscapes(body, contentType))) {
    throw new HttpProblem(400, 'malformed_form', 'The form is not valid UTF-8.');
  }
  return fields;
}

/** The fields of a body of JSON, which must be an object. @throws HttpProblem */
export function readObject(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return new Map(Object.entries(body));
  throw new HttpProblem(400, 'malformed_json', 'The body must be a JSON object.');
}

/** Refuses more fields than any action has, those that came twice, and values that are not single ones. */
export function requireFlat(fields: Fields): void {
  if (fields.size > mostFields) {
    throw new HttpProblem(400, 'too_many_fields', `The body must have at most ${mostFields} fields.`);
  }
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

/** @returns whether the decoder may have put U+FFFD where there was no character */
function parse(body: Buffer, contentType: string, add: (name: string, value: unknown) => void): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let lossy = false;
    // All of it is in memory already: a limit to a field would only cut it.
    const limits = { fields: mostFormFields, parts: mostFormFields, fieldSize: Infinity, headerPairs: 100 };
    const parser = new Busboy({ headers: { 'content-type': contentType }, limits });
    parser.on('field', (name: string | undefined, value: string) => {
      lossy ||= `${name ?? ''}${value}`.includes('\ufffd');
      add(name ?? '', value);
    });
    parser.on('file', (name, stream) => {
      stream.on('error', reject);
      stream.resume();
      add(name, notText);
    });
    parser.on('error', reject);
    parser.on('finish', () => {
      resolve(lossy);
    });
    parser.end(body);
  });
}

/** The bytes that a urlencoded form stands for; a form of parts has none to decode. */
function withoutEscapes(body: Buffer, contentType: string): Buffer {
  if (contentType.toLowerCase().startsWith('multipart')) return body;
  const decoded = body
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(decoded, 'latin1');
}
