import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import negotiate from '@fastify/accept-negotiator';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pauseIfLong } from './pause-if-long.js';

/** Smaller answers would hardly become smaller, in bytes. */
const minBytes = 1024;
/**
 * The fastest settings: for pages of chats the best ones save another 15 % at five times the CPU time, and a client may
 * ask for the largest page ten times a second.
 */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const gzipOptions = { level: constants.Z_BEST_SPEED };
const [brotli, gzipped] = [promisify(brotliCompress), promisify(gzip)];
type Compress = (text: Buffer) => Promise<Buffer>;
/** By encoding, in the order of preference. */
const compressors: Record<string, Compress> = {
  br: (text) => brotli(text, brotliOptions),
  gzip: (text) => gzipped(text, gzipOptions),
};
const encodings = [...Object.keys(compressors), 'identity'];

const documents = /^\/(docs|client)(\/|$)|^\/openapi\.json$/;
/** Files of Swagger UI in their only spelling, so that there are not more of them than files. */
const staticFile = /^\/docs\/[\w-]+\.(js|css)$/;
const compressible = /^(text\/|application\/(javascript|json|problem\+json)\b)/;

/**
 * Compresses answers of REST and documents for clients that accept it. Nothing else: where a browser adds a cookie by
 * itself (the legacy endpoint, the exchange of tokens), the length of a compressed answer would reveal its contents to
 * another site (BREACH), and answers of the original endpoint pass through as they came. Call it after all hooks that
 * read the payload.
 * @param exceptions paths below `/api/` that are not compressed
 */
export function useCompression(fastify: FastifyInstance, exceptions: string[]): void {
  const files = new Map<string, Promise<Buffer>>();
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { url = '' } = request.routeOptions;
    if (!((url.startsWith('/api/') && !exceptions.includes(url)) || documents.test(url))) {
      done(null, payload);
      return;
    }
    // Also on answers that are not compressed, since a cache may have them.
    const vary = reply.getHeader('vary');
    reply.header('vary', vary === undefined ? 'Accept-Encoding' : `${[vary].flat().join(', ')}, Accept-Encoding`);
    const accepted = request.headers['accept-encoding'];
    const encoding = (accepted && negotiate(accepted, encodings)) ?? 'identity';
    const compress = compressors[encoding];
    if (!compress || !isCompressible(reply)) {
      done(null, payload);
      return;
    }
    pauseIfLong(payload, () => {
      compressAnswer(request, reply, payload, encoding, compress).then((content) => {
        done(null, content);
      }, done);
    });
  });

  async function compressAnswer(
    { method, raw }: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
    encoding: string,
    compress: Compress,
  ): Promise<unknown> {
    let content: Buffer;
    if (typeof payload === 'string') {
      if (payload.length < minBytes) return payload;
      content = await compress(Buffer.from(payload));
    } else if (payload instanceof Readable && reply.statusCode === 200 && staticFile.test(raw.url ?? '')) {
      reply.removeHeader('accept-ranges');
      if (method === 'HEAD') {
        // The stream is empty: the length of the compressed file is unknown.
        reply.header('content-encoding', encoding).removeHeader('content-length');
        return payload;
      }
      content = await remembered(files, `${encoding} ${raw.url}`, payload, compress);
    } else return payload;
    reply.header('content-encoding', encoding).header('content-length', content.length);
    return content;
  }
}

function isCompressible(reply: FastifyReply): boolean {
  return !reply.hasHeader('content-encoding') && compressible.test(String(reply.getHeader('content-type')));
}

/** Compresses a file once. A stream of its own for each answer would hold a megabyte while its client does not read. */
async function remembered(
  files: Map<string, Promise<Buffer>>,
  key: string,
  file: Readable,
  compress: Compress,
): Promise<Buffer> {
  const known = files.get(key);
  if (known) {
    file.destroy();
    return known;
  }
  const compressed = readAll(file).then(compress);
  files.set(key, compressed);
  compressed.catch(() => files.delete(key));
  return compressed;
}

async function readAll(stream: Readable): Promise<Buffer> {
  return Buffer.concat((await stream.toArray()) as Buffer[]);
}
