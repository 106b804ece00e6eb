import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { useContainer } from 'class-validator';
import { LogController, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import { Admission } from './auth/admission.js';
import { RateLimits } from './auth/rate-limits.js';
import { SIGNING_SECRET, type SigningSecret } from './auth/signing-secret.js';
import { TokenIssuer } from './auth/token-issuer.js';
import { trialOwner, trialSeconds } from './auth/trial.js';
import { AllowedMethods } from './common/allowed-methods.js';
import { bodyLimit } from './common/body-limit.js';
import { bodyLengthOf } from './common/body-length.js';
import { namesThisServer } from './common/host.js';
import { parseJsonBody } from './common/json-body.js';
import { Lifecycle } from './common/lifecycle.js';
import { MemoryShare } from './common/memory-share.js';
import { NestLogger, logRequest } from './common/logging.js';
import { HttpProblem, internalError, refuseConnection, sendProblem, summarise } from './common/problem.js';
import { requestId } from './common/request-id.js';
import type { Config } from './config/config.js';
import { serveDocs } from './docs/swagger-ui.js';
import { ContentConstraint, TimestampConstraint } from './messages/message.constraints.js';
import { tokenAddress } from './moodle/token.controller.js';

/** For all of a request to arrive: whoever sends a byte a minute does not keep a connection. */
const requestTimeoutMs = 60_000;
/** For its headers alone, which are some hundred bytes. */
const headersTimeoutMs = 15_000;
/** How often connections are looked at for that. */
const checkingIntervalMs = 5000;
/** A connection on which nothing moves, in either direction: whoever does not take an answer does not keep it in memory. */
const silenceTimeoutMs = 120_000;

/**
 * The whole application, as the server, its commands and the tests use it: set up, not yet listening, and not yet
 * connected to its database.
 */
export async function createApp(config: Config, logger: Logger): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    bodyLimit: bodyLimit(config.contentMaxBytes),
    // Requests in flight are answered when the server closes; connections that wait for the next one are not kept.
    forceCloseConnections: 'idle',
    requestTimeout: requestTimeoutMs,
    // Whose address a request has: the proxy's own, unless it is one of these.
    trustProxy: config.http.trustedProxies.length > 0 ? config.http.trustedProxies : false,
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: checkingIntervalMs },
    connectionTimeout: silenceTimeoutMs,
    return503OnClosing: false,
    // A part of an address as long as the whole may be: an id that is too long is just not found.
    routerOptions: { maxParamLength: 16 * 1024 },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      void refuseAddress({ config, limits: app.get(RateLimits, { strict: false }) }, error, request, reply);
    },
    clientErrorHandler: refuseConnection,
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forConfig(config), adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
    // Kept beside what was parsed of it, for whoever passes it on.
    rawBody: true,
    abortOnError: false,
  });
  useContainer(constraints(app), { fallback: true });
  allowOrigins(app, config.http.allowedOrigins);
  setUpRequests(app, config);
  app.useSecurityHeaders({
    // Nothing may be loaded by any answer; the docs page has a policy of its own.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: "'none'", baseUri: "'none'", formAction: "'none'", frameAncestors: "'none'" },
    },
    // Whoever puts TLS in front says so there.
    strictTransportSecurity: false,
  });
  serveDocs(app, trialToken(app, config));
  return app;
}

/** The rules of fields that need more than the field; class-validator makes its own ones itself. */
function constraints(app: NestFastifyApplication) {
  const ours = new Map<unknown, unknown>(
    [ContentConstraint, TimestampConstraint].map((type) => [type, app.get(type, { strict: false })]),
  );
  return { get: (type: unknown) => ours.get(type) as never };
}

type CorsOptions = NonNullable<Parameters<NestFastifyApplication['enableCors']>[0]>;

/** Lets pages of these origins call and read the answers; without credentials, since no cookie is read. */
function allowOrigins(app: NestFastifyApplication, origins: string[]): void {
  if (origins.length === 0) return;
  const cors: CorsOptions = {
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'x-requested-with', 'x-request-id'],
    exposedHeaders: ['location', 'retry-after', 'x-request-id'],
    // What browsers keep of it at most (Chromium).
    maxAge: 7200,
  };
  const delegator = ({ headers }: FastifyRequest, done: (error: null, options: CorsOptions) => void) => {
    const allowed = headers.origin !== undefined && origins.includes(headers.origin);
    // An OPTIONS that asks for no method is none of CORS' business.
    done(null, { ...cors, origin: allowed, preflight: headers['access-control-request-method'] !== undefined });
  };
  app.enableCors({ delegator });
}

/** What happens to every request before its route: its id, its Host, its body's form, its line in the log. */
function setUpRequests(app: NestFastifyApplication, config: Config): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser(['text/plain', 'application/json']);
  app.useBodyParser('application/json', {}, ({ headers }, body: Buffer, done) => {
    done(null, parseJsonBody(body, headers));
  });
  const admission = app.get(Admission, { strict: false });
  const limits = app.get(RateLimits, { strict: false });
  const allowedMethods = app.get(AllowedMethods);
  const [bodies, answers] = [new MemoryShare(), new MemoryShare()];
  fastify.addHook('onRoute', ({ method, url }) => {
    allowedMethods.add(method, url);
  });
  fastify.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'cache-control': 'no-store' });
    await limits.countAddress(request);
    if (!namesThisServer(request, config.http)) throw misdirected();
    // The guard asks for a token anyway, but only after the body was read: nobody else may send megabytes there.
    const { url = '' } = request.routeOptions;
    if (url.startsWith('/api/') && url !== tokenAddress) await admission.byBearer(request);
    if (!bodies.reserve(request, reply, bodyLengthOf(request))) throw serverBusy();
  });
  const lifecycle = app.get(Lifecycle);
  fastify.addHook('onSend', async (request, reply, payload) => {
    if (lifecycle.stopping) reply.header('connection', 'close');
    if (typeof payload === 'string' && !answers.reserve(request, reply, payload.length)) throw serverBusy();
    return payload;
  });
  fastify.addHook('onResponse', async (request, reply) => {
    logRequest(request, reply);
  });
}

/** An address that cannot be read reaches no hook: what those do is done here. */
async function refuseAddress(
  { config, limits }: { config: Config; limits: RateLimits },
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const refusal = await limits.countAddress(request).then(
    () => (namesThisServer(request, config.http) ? error : misdirected()),
    (tooMany: unknown) => tooMany,
  );
  reply.raw.once('finish', () => {
    logRequest(request, reply);
  });
  reply.headers({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
  });
  sendProblem(request, reply, summarise(refusal) ?? internalError);
}

function serverBusy(): HttpProblem {
  return new HttpProblem(503, 'server_busy', 'Too much is being read or answered at once; try again.');
}

function misdirected(): HttpProblem {
  return new HttpProblem(
    421,
    'misdirected_request',
    'This server does not go by the name in the Host header; the variable ALLOWED_HOSTS lists its names.',
  );
}

/** The docs page opens signed in only where nobody has configured anything and nobody else can reach it. */
function trialToken(app: NestFastifyApplication, config: Config): (() => Promise<string>) | undefined {
  const secret = app.get<SigningSecret | undefined>(SIGNING_SECRET, { strict: false });
  if (!secret?.generated || config.production) return undefined;
  const issuer = app.get(TokenIssuer, { strict: false });
  return () => issuer.issue(trialOwner, trialSeconds);
}
