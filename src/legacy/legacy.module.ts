import { Inject, Module, UnsupportedMediaTypeException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AuthModule } from '../auth/auth.module.js';
import { bodyLimit } from '../common/body-limit.js';
import { FailureForms } from '../common/failure-forms.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { MessagesModule } from '../messages/messages.module.js';
import { MoodleModule } from '../moodle/moodle.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ClientController } from './client.controller.js';
import { formTypes } from './form.js';
import { LegacyController, addresses } from './legacy.controller.js';
import { LegacyEndpoint } from './legacy.endpoint.js';
import { toFailure } from './legacy.failure.js';
import { LegacyIdentity } from './legacy.identity.js';
import { Upstream } from './upstream.js';

/** What the original takes at most (`save_project`), with what its form adds. */
const passedOnBytes = 16 * 1024 * 1024;

@Module({
  imports: [AuthModule, MoodleModule, SessionsModule, MessagesModule],
  controllers: [LegacyController, ClientController],
  providers: [LegacyEndpoint, LegacyIdentity, Upstream],
})
export class LegacyModule {
  constructor(host: HttpAdapterHost, forms: FailureForms, @Inject(CONFIG) config: Config) {
    for (const address of addresses) forms.set(address, toFailure);
    takeForms(host.httpAdapter.getInstance<FastifyInstance>(), config);
  }
}

/** Forms are read here alone; to all other addresses they stay an unknown type of body. */
function takeForms(fastify: FastifyInstance, { legacy, contentMaxBytes }: Config): void {
  const limit = Math.max(legacy.upstream ? passedOnBytes : 0, bodyLimit(contentMaxBytes));
  fastify.addHook('onRoute', (route) => {
    if (addresses.includes(route.url)) route.bodyLimit = limit;
  });
  fastify.addContentTypeParser(formTypes, { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    request.rawBody = body;
    done(null, body);
  });
  fastify.addHook('preParsing', async ({ headers, routeOptions, is404 }, _reply, payload) => {
    if (is404) return payload;
    const type = headers['content-type']?.toLowerCase() ?? '';
    if (formTypes.some((form) => type.startsWith(form)) && !addresses.includes(routeOptions.url ?? '')) {
      throw new UnsupportedMediaTypeException();
    }
    return payload;
  });
}
