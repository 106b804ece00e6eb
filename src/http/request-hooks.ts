import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticator } from '../auth/authenticator.js';
import { RateLimiter } from '../auth/rate-limiter.js';
import { SampleTokens } from '../auth/sample-tokens.js';
import { inPieces } from '../common/in-pieces.js';
import { ShutdownState } from '../common/shutdown-state.js';
import type { HttpConfig } from '../config/config.js';
import { AllowedMethods } from './allowed-methods.js';
import { dependsOnOrigin } from './cors.js';
import { limitAddress } from './address-limit.js';
import { isAllowedHost, namesAtMostOneHost } from './host-check.js';
import { InFlightMemory, serverBusyError } from './in-flight-memory.js';
import { parseJsonBody } from './json-body-parser.js';
import { closeIfEarly } from './lingering-close.js';
import { pauseIfLong } from './pause-if-long.js';
import { HttpError, internalError, sendProblem, toProblem } from './problem.js';
import { proxyTrace } from './proxy-trace.js';
import { addPathPrefix } from './public-path.js';
import { countReceivedBodies } from './received-body.js';
import { RefusalLog } from './refusal-log.js';
import { RefusedOrigins } from './refused-origins.js';
import { logRequest } from './request-log.js';
import { addRequestContext } from './http-request-context.js';

/** Paths, as in the route, with exceptions from the checks of all requests. */
export interface CheckExceptions {
  /** Below `/api/`, but without a bearer token. */
  publicPaths: string[];
  /** Whatever `Host` says: probes of a container platform send the address of the container. */
  anyHostPaths: string[];
}

/**
 * Adds the hooks that run for every request: response headers, rate limit per IP, Host check, authentication, memory
 * limits and the log line.
 */
export function addRequestHooks(app: NestFastifyApplication, http: HttpConfig, exceptions: CheckExceptions): void {
  const { publicPaths, anyHostPaths } = exceptions;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser(['text/plain', 'application/json']);
  app.useBodyParser('application/json', {}, ({ headers }, body: Buffer, done) => {
    inPieces(parseJsonBody(body, headers)).then((value) => {
      done(null, value);
    }, done);
  });
  const authenticator = app.get(Authenticator, { strict: false });
  const checks = callerChecks(app, http);
  const allowedMethods = app.get(AllowedMethods);
  const shutdown = app.get(ShutdownState);
  const refusedOrigins = app.get(RefusedOrigins);
  const memory = app.get(InFlightMemory);
  addPathPrefix(fastify, http);
  fastify.addHook('onRoute', ({ method, url }) => {
    allowedMethods.add(method, url);
  });
  fastify.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' });
    const { url = '' } = request.routeOptions;
    const needsToken = url.startsWith('/api/') && !publicPaths.includes(url);
    await checkCaller(request, checks, { needsToken, anyHost: anyHostPaths.includes(url) });
    // Preflights of allowed origins are answered before.
    if (isPreflight(request)) refusedOrigins.warn(request.headers.origin);
    // The guard runs after the body was read, which is too late: anonymous callers must not send megabytes.
    if (needsToken) await authenticator.authenticateBearer(request);
  });
  countReceivedBodies(fastify, memory.requests);
  addRequestContext(fastify);
  fastify.addHook('preHandler', (request, reply, done) => {
    // The answer to a write repeats what was sent, in JSON that is not longer. When it is ready, it is too late to refuse.
    const bytes = isWrite(request) ? (request.rawBody?.length ?? 0) : 0;
    done(memory.responses.reserve(request, reply, bytes) ? undefined : serverBusyError());
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (shutdown.isShuttingDown) reply.header('connection', 'close');
    pauseIfLong(payload, () => {
      const bytes = typeof payload === 'string' && !isWrite(request) ? Buffer.byteLength(payload) : 0;
      if (memory.responses.reserve(request, reply, bytes)) done(null, payload);
      else done(serverBusyError());
    });
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    logRequest(request, reply, allowedMethods);
    done();
  });
}

/** Answers a request whose URL cannot be decoded. No hook runs for it, so the hooks' checks are repeated here. */
export async function rejectUndecodableUrl(
  app: NestFastifyApplication,
  http: HttpConfig,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const rejection = await checkCaller(request, callerChecks(app, http)).then(
    () => error,
    (reason: unknown) => reason,
  );
  closeIfEarly(request, reply);
  reply.raw.once('finish', () => {
    logRequest(request, reply);
  });
  reply.headers({
    'cache-control': 'no-store',
    ...(dependsOnOrigin(http) && { vary: 'Origin' }),
    ...(app.get(ShutdownState).isShuttingDown && { connection: 'close' }),
  });
  const problem = toProblem(rejection) ?? internalError;
  app.get(RefusalLog).note(request.log, problem, rejection);
  sendProblem(request, reply, problem);
}

function callerChecks(app: NestFastifyApplication, http: HttpConfig) {
  const [rateLimiter, sampleTokens] = [
    app.get(RateLimiter, { strict: false }),
    app.get(SampleTokens, { strict: false }),
  ];
  return { rateLimiter, sampleTokens, http };
}

/** @throws TooManyRequestsError, and HttpError 421 for a Host that does not name this server */
async function checkCaller(
  request: FastifyRequest,
  { rateLimiter, sampleTokens, http }: ReturnType<typeof callerChecks>,
  { needsToken = false, anyHost = false } = {},
): Promise<void> {
  const trace = sampleTokens.areValid ? proxyTrace(request.raw) : undefined;
  if (trace !== undefined) sampleTokens.end(trace);
  await limitAddress(rateLimiter, request, needsToken);
  if (anyHost ? namesAtMostOneHost(request) : isAllowedHost(request, http)) return;
  throw new HttpError(
    421,
    'misdirected_request',
    'The Host header does not name this server; the environment variable ALLOWED_HOSTS adds names.',
    { logDetails: { variable: 'ALLOWED_HOSTS' } },
  );
}

/** Whether the request may have changed something when its answer is ready. Answers of legacy actions that write are short. */
function isWrite({ method, routeOptions: { url = '' } }: FastifyRequest): boolean {
  return url.startsWith('/api/') && method !== 'GET' && method !== 'HEAD';
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
