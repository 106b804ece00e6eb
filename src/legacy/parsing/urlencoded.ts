import type { FormField } from './form-field.js';

/** In bytes, before percent-decoding. */
const maxNameBytes = 1000;
const [percent, plus, space, equals, ampersand] = [0x25, 0x2b, 0x20, 0x3d, 0x26];
/** The bytes that browsers write as they are (url.spec.whatwg.org, application/x-www-form-urlencoded). */
const unescaped = new Set(Buffer.from('*-._ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'));
/** How much longer each byte becomes. */
const lengthAdded = Uint8Array.from({ length: 256 }, (_, byte) => (unescaped.has(byte) || byte === space ? 0 : 2));
const hexDigits = Buffer.from('0123456789ABCDEF');

/**
 * Parses application/x-www-form-urlencoded (url.spec.whatwg.org) without decoding the bytes as UTF-8.
 * @returns undefined if a name is too long
 */
export function parseUrlencoded(body: Buffer, maxFields: number): FormField[] | 'too many' | undefined {
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
    if (pair.length > 0) fields.push({ name: percentDecode(name), value: percentDecode(value), isText: true });
    start = end + 1;
  }
  return fields;
}

/** Writes a form as browsers do. A form that a browser has written keeps its length. */
export function writeUrlencoded(fields: FormField[]): Buffer {
  const lengths = fields.map(({ name, value }) => escapedLength(name) + escapedLength(value) + 2);
  const form = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, 0));
  let end = 0;
  for (const { name, value } of fields) {
    end = writeEscaped(name, form, end);
    form[end++] = equals;
    end = writeEscaped(value, form, end);
    form[end++] = ampersand;
  }
  // Without the last separator.
  return form.subarray(0, Math.max(0, end - 1));
}

// By index, because iterators take ten times as long and megabytes block the event loop.
function escapedLength(bytes: Buffer): number {
  let length = bytes.length;
  for (let at = bytes.length; --at >= 0;) length += lengthAdded[bytes[at] ?? 0] ?? 0;
  return length;
}

function writeEscaped(bytes: Buffer, target: Buffer, start: number): number {
  let end = start;
  for (let at = -1; ++at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    if (lengthAdded[byte] === 0) target[end++] = byte === space ? plus : byte;
    else {
      target[end++] = percent;
      target[end++] = hexDigits[byte >> 4] ?? 0;
      target[end++] = hexDigits[byte & 15] ?? 0;
    }
  }
  return end;
}

/** Percent-decodes, with `+` for a space. Invalid escapes stay unchanged, as the standard requires. */
function percentDecode(escaped: Buffer): Buffer {
  if (!escaped.includes(percent) && !escaped.includes(plus)) return escaped;
  const bytes = Buffer.allocUnsafe(escaped.length);
  let length = 0;
  for (let at = 0; at < escaped.length; at++) {
    const byte = escaped[at] ?? 0;
    const high = byte === percent ? hexValueOf(escaped[at + 1]) : -1;
    const low = high === -1 ? -1 : hexValueOf(escaped[at + 2]);
    if (low !== -1) at += 2;
    bytes[length++] = low !== -1 ? high * 16 + low : byte === plus ? space : byte;
  }
  return bytes.subarray(0, length);
}

/** The value of an ASCII hexadecimal digit, or -1. */
function hexValueOf(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
