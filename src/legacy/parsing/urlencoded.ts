import { pieceBytes, type Pieces } from '../../common/in-pieces.js';
import type { FormField } from './form-field.js';

/** In bytes, before percent-decoding. */
const maxNameBytes = 1000;
const [percent, plus, space, equals, ampersand] = [0x25, 0x2b, 0x20, 0x3d, 0x26];
/** The bytes that browsers write as they are (url.spec.whatwg.org, application/x-www-form-urlencoded). */
const unescaped = new Set(Buffer.from('*-._ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'));
/** The byte that each byte is written as; 0 for one that is escaped. */
const written = Uint8Array.from({ length: 256 }, (_, byte) => (unescaped.has(byte) ? byte : byte === space ? plus : 0));
const hexDigits = Buffer.from('0123456789ABCDEF');
const [afterName, afterValue] = [Buffer.from('='), Buffer.from('&')];

/**
 * Parses application/x-www-form-urlencoded (url.spec.whatwg.org) without decoding the bytes as UTF-8.
 * @returns undefined if a name is too long
 */
export function* parseUrlencoded(body: Buffer, maxFields: number): Pieces<FormField[] | 'too many' | undefined> {
  const fields: FormField[] = [];
  for (let start = 0, found = 0; start < body.length;) {
    if (++found > maxFields) return 'too many';
    const next = body.indexOf(ampersand, start);
    const end = next === -1 ? body.length : next;
    const pair = body.subarray(start, end);
    const at = pair.indexOf(equals);
    const name = at === -1 ? pair : pair.subarray(0, at);
    const value = at === -1 ? Buffer.alloc(0) : pair.subarray(at + 1);
    if (name.length > maxNameBytes) return undefined;
    if (pair.length > 0) {
      fields.push({ name: yield* percentDecode(name), value: yield* percentDecode(value), isText: true });
    }
    start = end + 1;
  }
  return fields;
}

/**
 * Writes a form as browsers do. A form that a browser has written keeps its length.
 * @returns undefined when escapes make it longer than `maxBytes`
 */
export function* writeUrlencoded(fields: FormField[], maxBytes: number): Pieces<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (const { name, value } of fields) {
    for (const [text, separator] of [[name, afterName] as const, [value, afterValue] as const]) {
      for (let start = 0; start < text.length; start += pieceBytes) {
        const part = escape(text.subarray(start, start + pieceBytes));
        parts.push(part);
        bytes += part.length;
        if (bytes > maxBytes) return undefined;
        yield;
      }
      parts.push(separator);
    }
  }
  const form = Buffer.concat(parts.slice(0, -1));
  return form.length > maxBytes ? undefined : form;
}

// By index, because iterators take ten times as long.
function escape(bytes: Buffer): Buffer {
  let length = bytes.length;
  for (let at = bytes.length; --at >= 0;) if (written[bytes[at] ?? 0] === 0) length += 2;
  const target = Buffer.allocUnsafe(length);
  let end = 0;
  for (let at = -1; ++at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    const plain = written[byte] ?? 0;
    if (plain !== 0) target[end++] = plain;
    else {
      target[end++] = percent;
      target[end++] = hexDigits[byte >> 4] ?? 0;
      target[end++] = hexDigits[byte & 15] ?? 0;
    }
  }
  return target;
}

/** Percent-decodes, with `+` for a space. Invalid escapes stay unchanged, as the standard requires. */
function* percentDecode(escaped: Buffer): Pieces<Buffer> {
  if (!escaped.includes(percent) && !escaped.includes(plus)) return escaped;
  const bytes = Buffer.allocUnsafe(escaped.length);
  let length = 0;
  for (let at = 0; at < escaped.length;) {
    for (const pause = at + pieceBytes; at < pause && at < escaped.length; at++) {
      const byte = escaped[at] ?? 0;
      const high = byte === percent ? hexValueOf(escaped[at + 1]) : -1;
      const low = high === -1 ? -1 : hexValueOf(escaped[at + 2]);
      if (low !== -1) at += 2;
      bytes[length++] = low !== -1 ? high * 16 + low : byte === plus ? space : byte;
    }
    yield;
  }
  return bytes.subarray(0, length);
}

/** The value of an ASCII hexadecimal digit, or -1. */
function hexValueOf(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
