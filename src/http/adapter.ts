import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LogController, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import type { Logger } from 'pino';
import { stringifyJson } from '../common/json-text.js';
import type { Config } from '../config/config.js';
import { maxBodyBytes } from './body-size.js';
import { handleClientError } from './client-error.js';
import { toRequestId } from './request-id.js';

/** Time limit for receiving a whole request, in ms (slow-loris protection). */
const requestTimeoutMs = 60_000;
/** Time limit for receiving the headers, in ms. */
const headersTimeoutMs = 15_000;
/** How often connections are checked against these limits, in ms. */
const checkingIntervalMs = 5000;
/**
 * Idle timeout of a socket, in ms; also frees responses that a client never reads. It is longer where a client may have
 * to wait for Moodle.
 */
const minIdleTimeoutMs = 120_000;
/** How much longer than the longest wait for Moodle it is, in ms. */
const idleMarginMs = 10_000;

/** Handles a request whose URL the router cannot decode: such a request reaches no hook and no route. */
export type FrameworkErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** Returns the URL to route instead of that of the request. */
type UrlRewriter = (request: { url?: string }) => string;

type SecurityHook = Parameters<FastifyAdapter['registerSecurityHook']>[0];

/**
 * Leaves the security headers to Fastify, which sends all headers of a response at once. Nest would set them on the raw
 * response, and Node.js then sets each of the others anew (docs/adr/0036-cpu-of-a-request.md).
 */
export class HttpAdapter extends FastifyAdapter {
  #securityHook: SecurityHook = () => undefined;
  #securityHeaders: Record<string, string> | undefined;

  /** @param hook sets headers that do not depend on the request, and checks nothing */
  override registerSecurityHook(hook: SecurityHook): void {
    this.#securityHook = hook;
  }

  /** The same for every response. Not before the application is configured: Nest registers its hook without headers. */
  get securityHeaders(): Record<string, string> {
    this.#securityHeaders ??= headersOf(this.#securityHook);
    return this.#securityHeaders;
  }
}

function headersOf(hook: SecurityHook): Record<string, string> {
  const headers: Record<string, string> = {};
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value;
    },
    removeHeader: () => undefined,
  };
  hook({} as FastifyRequest, response);
  return headers;
}

/** Creates the logger of a request. */
type ChildLoggerFactory = FastifyServerOptions['childLoggerFactory'];

/** Creates the Fastify adapter with the time, size and proxy limits of this server. */
export function createAdapter(
  { http, maxContentBytes, legacy, moodle }: Config,
  logger: Logger,
  onFrameworkError: FrameworkErrorHandler,
  rewriteUrl: UrlRewriter,
  childLoggerFactory: ChildLoggerFactory,
): HttpAdapter {
  const longestWaitMs = Math.max(legacy.upstream ? legacy.upstreamTimeoutMs : 0, moodle?.maxWaitMs ?? 0);
  const adapter = new HttpAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: toRequestId,
    ...(childLoggerFactory && { childLoggerFactory }),
    bodyLimit: maxBodyBytes(maxContentBytes),
    // On close, requests in flight are answered and idle keep-alive connections are closed.
    forceCloseConnections: 'idle',
    requestTimeout: requestTimeoutMs,
    // `request.ip` is the socket's address unless that is a trusted proxy.
    trustProxy: http.trustedProxies.length > 0 ? http.trustedProxies : false,
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: checkingIntervalMs },
    connectionTimeout: Math.max(minIdleTimeoutMs, longestWaitMs + idleMarginMs),
    return503OnClosing: false,
    // There is no middleware, and the library would run for every request.
    skipMiddie: true,
    // Lets over-long ids reach the handler, which answers 404.
    routerOptions: { maxParamLength: 16 * 1024 },
    frameworkErrors: onFrameworkError,
    rewriteUrl,
    clientErrorHandler: handleClientError,
  });
  const fastify = adapter.getInstance();
  fastify.setReplySerializer(stringifyJson);
  // The first hook, so that every refusal has them.
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.headers(adapter.securityHeaders);
    done();
  });
  return adapter;
}
