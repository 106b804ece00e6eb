import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AuthModule } from '../auth/auth.module.js';
import { MoodleModule } from './moodle.module.js';
import { TokenController, tokenPath } from './token.controller.js';
import { TokenExchange } from './token-exchange.js';

/** In bytes. Small, because the caller is authenticated only after the body was read. */
const maxBodyBytes = 4096;

/** The route that exchanges a Moodle login for a token. It exists only with AUTH=moodle. */
@Module({ imports: [AuthModule, MoodleModule], controllers: [TokenController], providers: [TokenExchange] })
export class TokenExchangeModule {
  constructor(host: HttpAdapterHost) {
    host.httpAdapter.getInstance<FastifyInstance>().addHook('onRoute', (route) => {
      if (route.url !== tokenPath) return;
      route.bodyLimit = maxBodyBytes;
      route.config = { ...route.config, credentialInBody: true };
    });
  }
}
