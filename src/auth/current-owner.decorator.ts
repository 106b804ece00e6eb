import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Owner } from '../owners/owner.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set when the token has been checked; undefined on public routes. */
    owner?: Owner;
  }
}

/** The owner that the request's credential speaks for. */
export const CurrentOwner = createParamDecorator((_: unknown, context: ExecutionContext): Owner => {
  const { owner } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!owner) throw new Error('a public route asks for an owner');
  return owner;
});
