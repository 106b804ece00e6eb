import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Type } from '@nestjs/common';
import { useContainer } from 'class-validator';
import type { Logger } from 'pino';
import { AppModule } from './app.module.js';
import { SampleTokens } from './auth/sample-tokens.js';
import { NestLogger } from './common/logging.js';
import { ShutdownState } from './common/shutdown-state.js';
import { Tracer } from './common/tracer.js';
import type { Config, TracesConfig } from './config/config.js';
import { probePaths } from './health/health.controller.js';
import { apiHomePath } from './home/home.controller.js';
import { limitAdmission } from './http/admission/admission.js';
import { createAdapter, type FrameworkErrorHandler } from './http/adapter.js';
import { AllowedMethods } from './http/allowed-methods.js';
import { useCompression } from './http/compression.js';
import { useConditionalGet } from './http/conditional-get.js';
import { enableCors } from './http/cors.js';
import { ignoreExpectations } from './http/expectations.js';
import { createUrlRewriter } from './http/public-path.js';
import { addRequestHooks, rejectUndecodableUrl } from './http/request-hooks.js';
import { useSecurityHeaders } from './http/security-headers.js';
import { closeGracefully } from './http/graceful-close.js';
import { closeAfterEarlyResponses } from './http/lingering-close.js';
import { serializeLongAnswersInPieces } from './http/long-json.js';
import { Metrics, metricsPath } from './metrics/metrics.js';
import { observeRequests } from './metrics/observe-requests.js';
import { constraints as messageConstraints } from './messages/message-constraints.js';
import { tokenPath } from './moodle/token.controller.js';
import { serveDocs } from './openapi/swagger-ui.js';
import type { RequestTracer } from './traces/request-tracer.js';
import { RequestTraces } from './traces/trace-requests.js';

/** Answered however busy the server is, and by the address of a container. */
const monitoringPaths = [...probePaths, metricsPath];

/** Creates the configured application. It does not listen yet, and is not connected to its database. */
export async function createApp(config: Config, logger: Logger): Promise<NestFastifyApplication> {
  const tracer = config.traces && (await loadTracer(config.traces, logger));
  const traces = tracer && new RequestTraces(tracer);
  const onUndecodableUrl: FrameworkErrorHandler = (error, request, reply) => {
    traces?.begin(request, reply);
    reply.headers(adapter.securityHeaders);
    void rejectUndecodableUrl(app, config.http, error, request, reply);
  };
  const rewriteUrl = createUrlRewriter(config.http, (path) => app.get(AllowedMethods).of(path).length > 0);
  const adapter = createAdapter(config, logger, onUndecodableUrl, rewriteUrl, traces?.childLoggerFactory);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, tracer ?? new Tracer()),
    adapter,
    {
      logger: new NestLogger(logger),
      bodyParser: false,
      // Keeps the raw body: the legacy endpoint proxies JSON unchanged.
      rawBody: true,
      abortOnError: false,
    },
  );
  useContainer(createConstraintContainer(app), { fallback: true });
  enableCors(app, config.http);
  closeAfterEarlyResponses(adapter.getInstance());
  closeGracefully(adapter.getInstance(), config.http.shutdownSeconds * 1000, app.get(ShutdownState));
  traces?.addHooks(adapter.getInstance());
  ignoreExpectations(adapter.getInstance().server);
  limitAdmission(app, config, monitoringPaths);
  addRequestHooks(app, config.http, { publicPaths: [tokenPath, apiHomePath], anyHostPaths: monitoringPaths });
  if (config.metrics) observeRequests(adapter.getInstance(), app.get(Metrics, { strict: false }));
  serializeLongAnswersInPieces(adapter.getInstance());
  useConditionalGet(adapter.getInstance());
  useSecurityHeaders(app);
  if (config.docs) serveDocs(app, app.get(SampleTokens, { strict: false }));
  useCompression(adapter.getInstance(), [tokenPath]);
  return app;
}

/** Loaded only when it is used. */
async function loadTracer(config: TracesConfig, logger: Logger): Promise<RequestTracer> {
  const { createTracer } = await import('./traces/create-tracer.js');
  return createTracer(config, logger);
}

/** Resolves the constraints with injected dependencies; class-validator creates all others itself. */
function createConstraintContainer(app: NestFastifyApplication) {
  const constraints = new Map<unknown, unknown>(
    messageConstraints.map((type) => [type, app.get(type as Type, { strict: false })]),
  );
  return { get: (type: unknown) => constraints.get(type) as never };
}
