import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AuthModule } from '../auth/auth.module.js';
import { MoodleClient } from './moodle-client.js';
import { MoodleLogins } from './moodle-logins.js';
import { MoodleVerifier } from './moodle-verifier.js';
import { CourseModulesRepository } from './course-modules.repository.js';
import { TokenExchange } from './token-exchange.js';
import { TokenController, tokenAddress } from './token.controller.js';

/** In bytes: its sender is not known before it is read. */
const longestTrade = 4096;

@Module({
  imports: [AuthModule],
  providers: [MoodleClient, CourseModulesRepository, MoodleVerifier, MoodleLogins],
  exports: [MoodleLogins],
})
export class MoodleModule {}

/** The route that trades logins, for where there are any. */
@Module({ imports: [AuthModule, MoodleModule], controllers: [TokenController], providers: [TokenExchange] })
export class TokenModule {
  constructor(host: HttpAdapterHost) {
    host.httpAdapter.getInstance<FastifyInstance>().addHook('onRoute', (route) => {
      if (route.url === tokenAddress) route.bodyLimit = longestTrade;
    });
  }
}
