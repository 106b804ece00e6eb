import type { FastifyInstance } from 'fastify';
import { inPieces, type Pieces } from '../common/in-pieces.js';
import { JsonText, stringifyJson } from '../common/json-text.js';

/** Answers whose items have fewer characters are serialised at once, within some milliseconds. */
const longText = 256 * 1024;
/** Characters after which other requests may run: each may become two, as a quotation mark does. */
const pieceLength = 64 * 1024;

/** Serialises answers with long lists of contents item by item, so that other requests need not wait for all of them. */
export function serializeLongAnswersInPieces(fastify: FastifyInstance): void {
  fastify.addHook('preSerialization', (_request, _reply, payload, done) => {
    if (!isLong(payload)) {
      done(null, payload);
      return;
    }
    inPieces(stringifyInPieces(payload)).then((text) => {
      done(null, new JsonText(text));
    }, done);
  });
}

/** Like `stringifyJson`, for an object: the items of its lists are serialised one after the other. */
export function* stringifyInPieces(value: object): Pieces<string> {
  const fields: string[] = [];
  for (const [name, field] of Object.entries(value) as [string, unknown][]) {
    const json = Array.isArray(field) ? yield* stringifyList(field) : (stringifyJson(field) as string | undefined);
    // JSON has no undefined.
    if (json !== undefined) fields.push(`${JSON.stringify(name)}:${json}`);
  }
  return `{${fields.join(',')}}`;
}

function* stringifyList(items: unknown[]): Pieces<string> {
  const texts: string[] = [];
  let length = 0;
  for (const item of items) {
    const json = stringifyJson(item);
    texts.push(json);
    length += json.length;
    if (length < pieceLength) continue;
    length = 0;
    yield;
  }
  return `[${texts.join(',')}]`;
}

function isLong(payload: unknown): payload is object {
  if (typeof payload !== 'object' || payload === null) return false;
  let length = 0;
  for (const field of Object.values(payload) as unknown[]) {
    if (!Array.isArray(field)) continue;
    for (const item of field as unknown[]) length += contentLength(item);
  }
  return length > longText;
}

function contentLength(item: unknown): number {
  const content = (item as { content?: unknown } | null | undefined)?.content;
  return typeof content === 'string' ? content.length : 0;
}
