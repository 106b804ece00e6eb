import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isBearer } from '../../auth/bearer.js';
import { Counts } from '../../common/counts.js';
import { Tracer, type Span } from '../../common/tracer.js';
import { addressOf } from '../../common/unreachable-error.js';
import { addressHeaders, callerAddress } from '../../http/caller-address.js';
import { callerKey } from '../../http/caller-key.js';
import { cdnLoopId } from '../../http/cdn-loop.js';
import { HttpError } from '../../http/problem.js';
import { onRequestEnd } from '../../http/request-end.js';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/config.js';
import { endToEndHeaders } from './end-to-end-headers.js';
import { firstByte } from './first-byte.js';
import type { RebuiltRequest } from './rebuilt-request.js';

const connectTimeoutMs = 5000;
/** Connections to the upstream. Further requests are refused: undici would queue them without a timeout. */
const maxConcurrent = 128;
const requestIdHeader = 'x-request-id';

/** Changes what is proxied for one action. */
export interface ResponseFilter {
  requestHeaders: Record<string, string>;
  /**
   * Sends the response, whose status and headers are already those of the upstream. The body is destroyed when the client
   * leaves.
   */
  send(reply: FastifyReply, body: Readable): void;
}

/** Proxies unknown actions to the original endpoint. */
@Injectable()
export class Upstream {
  readonly #url: URL | undefined;
  /** Requests that have a connection to the upstream, of all callers and of each. */
  #open = 0;
  readonly #openOf = new Counts();

  constructor(
    host: HttpAdapterHost,
    @Inject(CONFIG) { legacy }: Config,
    private readonly tracer: Tracer,
  ) {
    this.#url = legacy.upstream;
    if (!legacy.upstream) return;
    const fastify = host.httpAdapter.getInstance<FastifyInstance>();
    // Loaded only here: with its HTTP client it occupies 10 MB.
    void fastify.register(import('@fastify/reply-from'), {
      undici: {
        // The default of @fastify/reply-from is to accept every certificate.
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
    return this.#url !== undefined;
  }

  /**
   * Forwards the request as it was rebuilt and sends the upstream's response, or lets the filter send it. Does not follow
   * redirects.
   * @throws HttpError 503 when `maxConcurrent` requests are already waiting for a response, or for its end, or as many of
   *   this caller as there are places for others
   */
  forward(
    request: FastifyRequest,
    reply: FastifyReply,
    { body, contentType, query }: RebuiltRequest,
    filter?: ResponseFilter,
  ): void {
    const { release, span } = this.occupy(callerKey(request));
    // The original may take minutes to answer.
    request.admission?.end();
    const { log } = request;
    const { socket } = request.raw;
    const ownHeaders = reply.getHeaders();
    request.log = withoutWarnings(log);
    const url = this.urlFor(request);
    reply.from(url, {
      body,
      contentType,
      queryString: () => query,
      rewriteRequestHeaders: (_, headers) => ({
        ...without(endToEndHeaders(headers), ['content-encoding', ...addressHeaders]),
        ...callerAddress(request.ip),
        // A bearer token is for this service; Moodle authenticates by cookie.
        authorization: isBearer(request.headers.authorization) ? undefined : headers.authorization,
        // Moodle builds URLs from its public host name.
        host: request.headers.host,
        'cdn-loop': [headers['cdn-loop'] ?? [], cdnLoopId].flat().join(', '),
        ...filter?.requestHeaders,
        ...span.headers,
      }),
      rewriteHeaders: (headers) => {
        request.log = log;
        // @fastify/reply-from drops the response to a client that has left, and calls none of the functions below.
        if (socket.destroyed) release();
        // This service's own headers do not apply to the upstream's response, except for the request id.
        for (const name of Object.keys(reply.getHeaders())) if (name !== requestIdHeader) reply.removeHeader(name);
        return without(endToEndHeaders(headers), [requestIdHeader]);
      },
      onResponse: (_request, _reply, response) => {
        // The types of the library do not have the response of undici.
        const { stream } = response as unknown as { stream: Readable };
        span.set({ 'http.response.status_code': reply.statusCode });
        if (reply.statusCode >= 500) span.fail(String(reply.statusCode));
        stream.once('error', (error: NodeJS.ErrnoException) => {
          span.fail(error.code ?? error.name);
        });
        // A client that reads slowly holds the connection until then.
        stream.once('close', release);
        onRequestEnd(socket, reply, () => stream.destroy());
        const fail = (error: HttpError) => {
          reply.removeHeader('content-length').removeHeader('content-encoding');
          void reply.headers(ownHeaders).send(error);
        };
        if (isGatewayFailure(request, reply)) {
          stream.destroy();
          fail(toHttpError(reply.statusCode, url));
          return;
        }
        // Fastify would take a response that breaks off before for a fault of this service.
        firstByte(stream).then(
          () => {
            if (socket.destroyed) return;
            if (filter) filter.send(reply, stream);
            else void reply.send(stream);
          },
          (error: unknown) => {
            if (socket.destroyed) return;
            const isLate = (error as NodeJS.ErrnoException).code === 'UND_ERR_BODY_TIMEOUT';
            fail(toHttpError(isLate ? 504 : 502, url, error));
          },
        );
      },
      onError: (failed, { error }) => {
        request.log = log;
        const failure = toHttpError((error as { statusCode?: number }).statusCode, url, error.cause);
        span.fail(failure.code);
        release();
        void failed.send(failure);
      },
    });
  }

  /** Occupies a connection. @returns its span, and the function that gives it back and ends the span, once */
  private occupy(caller: string): { span: Span; release: () => void } {
    // One caller gets half of the connections, and so many of them that always some are left for others.
    if (this.#openOf.of(caller) >= maxConcurrent - this.#open)
      throw new HttpError(503, 'upstream_busy', 'The original endpoint is busy');
    this.count(caller, 1);
    const span = this.tracer.start('legacy proxy', { 'http.request.method': 'POST' });
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      this.count(caller, -1);
      span.end();
    };
    return { span, release };
  }

  private count(caller: string, change: 1 | -1): void {
    this.#open += change;
    this.#openOf.change(caller, change);
  }

  /** LEGACY_UPSTREAM_URL if it names a script, otherwise the Moodle URL joined with the request's path. */
  private urlFor(request: FastifyRequest): string {
    const { href, pathname } = this.#url ?? new URL('about:blank');
    if (pathname.endsWith('.php')) return href;
    return `${href.replace(/\/$/, '')}${request.routeOptions.url ?? ''}`;
  }
}

/** @throws HttpError 508 for a request that this service has sent itself (CDN-Loop, RFC 8586) */
export function assertNoLoop({ headers }: FastifyRequest): void {
  const names = [headers['cdn-loop'] ?? []].flat().join(',').split(',');
  if (names.some((name) => name.trim().split(/[\s;]/, 1)[0] === cdnLoopId)) {
    throw new HttpError(508, 'loop_detected', 'LEGACY_UPSTREAM_URL or MOODLE_AJAX_URL leads back here');
  }
}

function without<Headers extends object>(headers: Headers, names: string[]): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name))) as Headers;
}

/**
 * True if a web server in front of Moodle answered `proxy_chat` with an error, which the newest page would take for words
 * of the AI. The action itself reports its failures with status 200.
 */
function isGatewayFailure({ legacyAction }: FastifyRequest, { statusCode }: FastifyReply): boolean {
  return legacyAction === 'proxy_chat' && statusCode >= 500;
}

function toHttpError(statusCode: number | undefined, url: string, cause?: unknown): HttpError {
  const options = { cause, logDetails: { variable: 'LEGACY_UPSTREAM_URL', address: addressOf(url) } };
  return statusCode === 504
    ? new HttpError(504, 'upstream_timeout', 'The original endpoint did not answer in time', options)
    : new HttpError(502, 'upstream_unreachable', 'The original endpoint cannot be reached', options);
}

/** Hides that the request failed: @fastify/reply-from logs each failure with its stack, and the refusal is logged anyway. */
function withoutWarnings(log: FastifyBaseLogger): FastifyBaseLogger {
  return Object.assign(Object.create(log) as FastifyBaseLogger, { warn: () => undefined });
}
