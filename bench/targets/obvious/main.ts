// What tutorials show: NestJS on Express, TypeORM's find() and save(), ValidationPipe and ClassSerializerInterceptor.
import 'reflect-metadata';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { Module, ValidationPipe } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { TargetOptions } from '../target.js';
import { SECRET } from './auth.guard.js';
import { ChatsController } from './chats.controller.js';
import { ChatsService } from './chats.service.js';
import { ObviousMessage, ObviousSession } from './entities.js';

type Express = new () => AbstractHttpAdapter;
const { ExpressAdapter } = createRequire(import.meta.url)('@nestjs/platform-express') as { ExpressAdapter: Express };
const entities = [ObviousSession, ObviousMessage];

process.once('message', (options: TargetOptions) => {
  void start(options);
});

async function start({ databaseUrl, secret }: TargetOptions): Promise<void> {
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'mysql',
        ...(databaseUrl !== undefined && { url: databaseUrl }),
        entities,
        synchronize: true,
        timezone: 'Z',
      }),
      TypeOrmModule.forFeature(entities),
    ],
    controllers: [ChatsController],
    providers: [ChatsService, { provide: SECRET, useValue: secret }],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: ['error'] });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as { address: () => AddressInfo };
  process.send?.(server.address().port);
}
