import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

const decoders: Partial<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes a body by its `Content-Encoding` to a text in UTF-8; undefined if it cannot be, or has more than `maxBytes`. */
export async function decodeBody(body: Buffer, encoding: string, maxBytes: number): Promise<string | undefined> {
  const name = encoding.trim().toLowerCase();
  try {
    if (name === '' || name === 'identity') return utf8.decode(body);
    const decoded = await decoders[name]?.(body, { maxOutputLength: maxBytes });
    return decoded && utf8.decode(decoded);
  } catch {
    return undefined;
  }
}
