import { RouteConfig } from '@nestjs/platform-fastify';

/** Marks the route that writes messages in chunks: its requests have limits of their own. */
export const ChunkRoute = (): MethodDecorator => RouteConfig({ isChunk: true });
