import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PayloadTooLargeException } from '@nestjs/common';
import { atOnce, inPieces } from '../../common/in-pieces.js';
import { pauseIfLong } from '../../http/pause-if-long.js';
import { multipartType, urlencodedType } from '../parsing/form.js';
import type { FormField } from '../parsing/form-field.js';
import { writeMultipart } from '../parsing/multipart.js';
import { writeUrlencoded } from '../parsing/urlencoded.js';

/** The largest body that is proxied: what the original accepts (`save_project`, 10 MB), and the overhead of its form. */
export const maxProxiedBytes = 16 * 1024 * 1024;

/** What is sent to the original: only what this service has parsed, so that both read the same (docs/adr/0025). */
export interface RebuiltRequest {
  body: Buffer;
  contentType: string;
  /** Without the question mark; empty for none. */
  query: string;
}

/**
 * Writes the form as browsers do, in the format in which it came.
 * @throws PayloadTooLargeException when escapes make it longer than `maxProxiedBytes`
 */
export async function rebuildForm(form: FormField[], isMultipart: boolean): Promise<Omit<RebuiltRequest, 'query'>> {
  if (isMultipart) {
    // Random, so that no value can contain it.
    const boundary = randomBytes(16).toString('hex');
    // The form was parsed in this turn.
    await nextTurn();
    const multipart = await paused(writeMultipart(form, boundary));
    return { body: multipart, contentType: `${multipartType}; boundary=${boundary}` };
  }
  const body = await inPieces(writeUrlencoded(form, maxProxiedBytes));
  if (!body) throw new PayloadTooLargeException();
  return { body: await paused(body), contentType: urlencodedType };
}

/** A long body is not sent in the turn in which it is copied. */
function paused(body: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    pauseIfLong(body, () => {
      resolve(body);
    });
  });
}

/** Escapes all separators, also `;`, which PHP can be configured to treat as one. */
export function rebuildQuery(query: FormField[]): string {
  return atOnce(writeUrlencoded(query, Infinity))?.toString('latin1') ?? '';
}
