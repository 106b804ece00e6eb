import { pieceBytes, type Pieces } from '../common/in-pieces.js';

/** Where a list or an object begins and ends, in bytes of the text. */
export interface Span {
  start: number;
  end: number;
}

/** A field of the outermost object, as it is written. */
export interface ScannedField {
  /** A JSON string. */
  name: string;
  /** Undefined unless its value is a list or an object. */
  nested?: Span;
}

export interface ScannedValues {
  /** Of an object. */
  fields: ScannedField[];
  /** The lists and objects in a list. */
  items: Span[];
}

export interface ScanLimits {
  /** Of more fields or items, only so many and one more are returned. */
  maxFields: number;
  maxTokens: number;
}

/** Longer names are not compared: no field has one. */
const maxNameBytes = 64 * 1024;
const [quote, backslash] = [0x22, 0x5c];
const [openObject, closeObject, openArray, closeArray, colon, comma] = [0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x2c];

/**
 * Finds what the outermost object or list has without parsing the JSON: for a text that is not JSON the result means nothing.
 * @returns undefined for too many tokens: `{`, `[`, `:` and `,` outside of strings
 */
export function* scanValues(body: Buffer, { maxFields, maxTokens }: ScanLimits): Pieces<ScannedValues | undefined> {
  const fields: ScannedField[] = [];
  const items: Span[] = [];
  let [tokens, depth, value] = [0, 0, 0];
  let [start, end] = [0, 0];
  let pause = pieceBytes;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index];
    if (byte === quote) {
      start = index;
      index = yield* endOfString(body, index);
      end = index + 1;
    } else if (byte === openArray || byte === openObject) {
      tokens++;
      if (++depth === 2) value = index;
    } else if (byte === closeArray || byte === closeObject) {
      if (--depth === 1) {
        const span = { start: value, end: index + 1 };
        const field = fields.at(-1);
        if (!field && items.length <= maxFields) items.push(span);
        else if (field && fields.length <= maxFields) field.nested = span;
      }
    } else if (byte === comma || byte === colon) {
      tokens++;
      const isName = byte === colon && depth === 1 && fields.length <= maxFields && end - start <= maxNameBytes;
      if (isName) fields.push({ name: body.toString('utf8', start, end) });
    }
    if (tokens > maxTokens) return undefined;
    if (index >= pause) {
      pause = index + pieceBytes;
      yield;
    }
  }
  return { fields, items };
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
