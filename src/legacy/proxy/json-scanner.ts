import { pieceBytes, type Pieces } from '../../common/in-pieces.js';

/** Called for what a JSON text has, in its order. Offsets are in bytes; ends are exclusive. */
export interface JsonVisitor {
  /** A name, with its quotation marks. */
  name(start: number, end: number): void;
  begin(kind: 'object' | 'array', start: number): void;
  end(end: number): void;
  /** A string, number, true, false or null. */
  literal(start: number, end: number): void;
}

/** What may come next. */
type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

/** That of PHP, whose texts these are. */
const maxDepth = 512;
const maxNumberBytes = 1000;
const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const whiteSpace = [0x20, 0x09, 0x0a, 0x0d];
const letterU = 0x75;
const escapes = new Set(Buffer.from('"\\/bfnrt'));
const endsWord = new Set(Buffer.from(' \t\n\r,:[]{}"'));
const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;
const hexDigits = new Set(Buffer.from('0123456789abcdefABCDEF'));

/**
 * Reads a JSON text (RFC 8259) of any size in pieces; libraries read it at once, and block all other requests meanwhile
 * (docs/adr/0034-bounded-cost.md).
 * @returns whether it is valid, and nested at most 512 deep. The visitor is called also for the beginning of a wrong one.
 */
export function* scanJson(json: Buffer, visitor: JsonVisitor): Pieces<boolean> {
  const isObject: boolean[] = [];
  let expected: Expected = 'value';
  let pause = pieceBytes;
  const afterValue = (): Expected => (isObject.length === 0 ? 'nothing' : 'comma or end');
  for (let at = 0; at < json.length;) {
    if (at >= pause) {
      pause = at + pieceBytes;
      yield;
    }
    const byte = json[at] ?? 0;
    const expectsValue = expected === 'value' || expected === 'value or end';
    if (whiteSpace.includes(byte)) at++;
    else if (byte === quote) {
      const expectsName: boolean = expected === 'name' || expected === 'name or end';
      if (!expectsName && !expectsValue) return false;
      const end: number = yield* endOfString(json, at + 1);
      if (end === -1) return false;
      if (expectsName) visitor.name(at, end);
      else visitor.literal(at, end);
      expected = expectsName ? 'colon' : afterValue();
      at = end;
    } else if (byte === openObject || byte === openArray) {
      if (!expectsValue || isObject.length === maxDepth) return false;
      const isOpened = byte === openObject;
      visitor.begin(isOpened ? 'object' : 'array', at);
      isObject.push(isOpened);
      expected = isOpened ? 'name or end' : 'value or end';
      at++;
    } else if (byte === closeObject || byte === closeArray) {
      const isEmpty = expected === (byte === closeObject ? 'name or end' : 'value or end');
      if (!isEmpty && expected !== 'comma or end') return false;
      if (isObject.pop() !== (byte === closeObject)) return false;
      at++;
      visitor.end(at);
      expected = afterValue();
    } else if (byte === comma && expected === 'comma or end') {
      expected = isObject.at(-1) ? 'name' : 'value';
      at++;
    } else if (byte === colon && expected === 'colon') {
      expected = 'value';
      at++;
    } else {
      const end = expectsValue ? endOfWord(json, at) : -1;
      if (end === -1) return false;
      visitor.literal(at, end);
      expected = afterValue();
      at = end;
    }
  }
  return expected === 'nothing';
}

/** The end of a string whose first character is at `start`; -1 for an invalid one. */
function* endOfString(json: Buffer, start: number): Pieces<number> {
  for (let at = start; at < json.length;) {
    const limit = Math.min(at + pieceBytes, json.length);
    at = endOfStringBefore(json, at, limit);
    if (at === -1) return -1;
    if (at < limit) return at + 1;
    yield;
  }
  return -1;
}

/** The index of the closing quotation mark; where to go on, if there is none before `limit`; -1 for an invalid string. */
function endOfStringBefore(json: Buffer, start: number, limit: number): number {
  for (let at = start; ; at++) {
    if (at >= limit) return at;
    const byte = json[at] ?? 0;
    if (byte === quote) return at;
    if (byte < 0x20) return -1;
    if (byte !== backslash) continue;
    const escape = json[++at] ?? 0;
    if (escapes.has(escape)) continue;
    if (escape !== letterU) return -1;
    for (const end = at + 4; at < end;) if (!hexDigits.has(json[++at] ?? 0)) return -1;
  }
}

/** The end of a number, true, false or null; -1 for anything else. */
function endOfWord(json: Buffer, start: number): number {
  let end = start;
  while (end < json.length && end - start <= maxNumberBytes && !endsWord.has(json[end] ?? 0)) end++;
  return word.test(json.toString('latin1', start, end)) ? end : -1;
}
