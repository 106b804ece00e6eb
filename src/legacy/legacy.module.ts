import { Inject, Module, UnsupportedMediaTypeException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AuthModule } from '../auth/auth.module.js';
import { maxBodyBytes } from '../http/body-size.js';
import { pauseIfLong } from '../http/pause-if-long.js';
import { ErrorFormatRegistry } from '../http/error-formats.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { MessagesModule } from '../messages/messages.module.js';
import { MoodleModule } from '../moodle/moodle.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ClientController } from './client.controller.js';
import { formTypes } from './parsing/form.js';
import { LegacyController, legacyPaths } from './legacy.controller.js';
import { LegacyDispatcher } from './legacy-dispatcher.js';
import { legacyErrorFormat } from './error-format.js';
import { LegacyAuthenticator } from './legacy-authenticator.js';
import { ProjectHistory } from './proxy/project-history.js';
import { maxProxiedBytes } from './proxy/rebuilt-request.js';
import { Upstream } from './proxy/upstream.js';

@Module({
  imports: [AuthModule, MoodleModule, SessionsModule, MessagesModule],
  controllers: [LegacyController, ClientController],
  providers: [LegacyDispatcher, LegacyAuthenticator, Upstream, ProjectHistory],
})
export class LegacyModule {
  constructor(host: HttpAdapterHost, errorFormats: ErrorFormatRegistry, @Inject(CONFIG) config: Config) {
    const format = legacyErrorFormat(config.legacy.upstream !== undefined);
    for (const path of legacyPaths) errorFormats.set(path, format);
    registerFormParsers(host.httpAdapter.getInstance<FastifyInstance>(), config);
  }
}

/** Accepts form bodies on the legacy paths only; all other routes answer 415. */
function registerFormParsers(fastify: FastifyInstance, { legacy, maxContentBytes }: Config): void {
  const limit = Math.max(legacy.upstream ? maxProxiedBytes : 0, maxBodyBytes(maxContentBytes));
  fastify.addHook('onRoute', (route) => {
    if (!legacyPaths.includes(route.url)) return;
    route.bodyLimit = limit;
    route.config = { ...route.config, credentialInBody: true };
  });
  fastify.addContentTypeParser(formTypes, { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    request.rawBody = body;
    pauseIfLong(body, () => {
      done(null, body);
    });
  });
  fastify.addHook('preParsing', ({ headers, routeOptions, is404 }, _reply, payload, done) => {
    const type = headers['content-type']?.toLowerCase();
    const isForm = type !== undefined && formTypes.some((form) => type.startsWith(form));
    if (is404 || !isForm || legacyPaths.includes(routeOptions.url ?? '')) done(null, payload);
    else done(new UnsupportedMediaTypeException());
  });
}
