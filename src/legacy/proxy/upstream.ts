import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import replyFrom from '@fastify/reply-from';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isBearer } from '../../auth/bearer.js';
import { cdnLoopId } from '../../http/cdn-loop.js';
import { HttpError } from '../../http/problem.js';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/config.js';

const connectTimeoutMs = 5000;
/** The proxy's connections: who has to wait for one would wait without end. */
const maxConcurrent = 128;
/** Of one connection, and so not of the next (RFC 9110 section 7.6.1); and what the proxy would stumble over. */
const connectionHeaders = ['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade', 'expect'];
const requestIdHeader = 'x-request-id';

/** The original endpoint, which answers the actions that are not ours. */
@Injectable()
export class Upstream {
  readonly #address: URL | undefined;
  #waiting = 0;

  constructor(host: HttpAdapterHost, @Inject(CONFIG) { legacy }: Config) {
    this.#address = legacy.upstream;
    if (!legacy.upstream) return;
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    void fastify.register(replyFrom, {
      undici: {
        // The plugin's own default is to trust every certificate.
        connect: { timeout: connectTimeoutMs, rejectUnauthorized: true },
        connections: maxConcurrent,
        headersTimeout: legacy.upstreamTimeoutMs,
        bodyTimeout: legacy.upstreamTimeoutMs,
      },
      destroyAgent: true,
      disableRequestLogging: true,
    });
  }

  get isConfigured(): boolean {
    return this.#address !== undefined;
  }

  /**
   * Sends the request on as it came, and the answer back as it comes. Redirects are not followed.
   * @throws HttpProblem when too many wait for an answer already
   */
  forward(request: FastifyRequest, reply: FastifyReply, body: Buffer): void {
    if (this.#waiting === maxConcurrent) throw new HttpError(503, 'upstream_busy', 'The original endpoint is busy');
    this.#waiting++;
    let waiting = 1;
    const answered = () => {
      this.#waiting -= waiting;
      waiting = 0;
    };
    reply.from(this.urlFor(request), {
      body,
      contentType: request.headers['content-type'] ?? 'application/octet-stream',
      rewriteRequestHeaders: ({ socket }, headers) => ({
        ...without(headers, connectionHeaders),
        // Ours, where it is a token of ours; Moodle has its cookies.
        authorization: isBearer(request.headers.authorization) ? undefined : headers.authorization,
        // Moodle answers by the name that the browser knows it by.
        host: request.headers.host,
        'x-forwarded-for': [headers['x-forwarded-for'] ?? [], socket.remoteAddress ?? []].flat().join(', '),
        'cdn-loop': [headers['cdn-loop'] ?? [], cdnLoopId].flat().join(', '),
      }),
      rewriteHeaders: (headers) => {
        answered();
        // What we say of our own answers is not true of this one, but for its name in the log.
        for (const name of Object.keys(reply.getHeaders())) if (name !== requestIdHeader) reply.removeHeader(name);
        return without(headers, [...connectionHeaders, requestIdHeader]);
      },
      onError: (failed, { error }) => {
        answered();
        void failed.send(toHttpError(error));
      },
    });
  }

  /** The original's own address, or that of its Moodle with the request's path. */
  private urlFor(request: FastifyRequest): string {
    const { href, pathname } = this.#address ?? new URL('about:blank');
    if (pathname.endsWith('.php')) return href;
    return `${href.replace(/\/$/, '')}${request.routeOptions.url ?? ''}`;
  }
}

/** @throws HttpProblem for a request that we have sent ourselves: it would go round for ever */
export function assertNoLoop({ headers }: FastifyRequest): void {
  const names = [headers['cdn-loop'] ?? []].flat().join(',').split(',');
  if (names.some((name) => name.trim().split(/[\s;]/, 1)[0] === cdnLoopId)) {
    throw new HttpError(508, 'loop_detected', 'LEGACY_UPSTREAM_URL or MOODLE_AJAX_URL leads back here');
  }
}

function without<Headers extends object>(headers: Headers, names: string[]): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name))) as Headers;
}

function toHttpError(error: Error): HttpError {
  const { statusCode } = error as { statusCode?: number };
  return statusCode === 504
    ? new HttpError(504, 'upstream_timeout', 'The original endpoint did not answer in time')
    : new HttpError(502, 'upstream_unreachable', 'The original endpoint cannot be reached');
}
