import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

const decoders: Partial<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** Decodes a body by its `Content-Encoding`; undefined if it cannot be, is not UTF-8, or has more than `maxBytes`. */
export async function decodeBody(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer | undefined> {
  const name = encoding.trim().toLowerCase();
  try {
    const isEncoded = name !== '' && name !== 'identity';
    const decoded = isEncoded ? await decoders[name]?.(body, { maxOutputLength: maxBytes }) : body;
    return decoded && isUtf8(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}
