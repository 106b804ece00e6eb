import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Owner } from '../owners/owner.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by authentication; undefined on public routes. */
    owner?: Owner;
  }
}

/** Parameter decorator: the owner of the request's credential. @throws Error on a public route */
export const CurrentOwner = createParamDecorator((_: unknown, context: ExecutionContext): Owner => {
  const { owner } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!owner) throw new Error('@CurrentOwner() is used on a public route');
  return owner;
});
