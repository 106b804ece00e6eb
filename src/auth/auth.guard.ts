import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Owner } from '../owners/owner.js';
import { Unauthenticated } from './auth.errors.js';
import { IS_PUBLIC } from './public.decorator.js';
import { TokenVerifier } from './token-verifier.js';

/** Stands before every route: no token, no entry, but for routes marked `@Public()`. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (isPublic) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.owner ??= await ownerOf(request, this.tokens);
    return true;
  }
}

/** @throws Unauthenticated */
export async function ownerOf({ headers }: FastifyRequest, tokens: TokenVerifier): Promise<Owner> {
  const token = bearerToken(headers.authorization);
  if (token === undefined) throw new Unauthenticated();
  return (await tokens.verify(token)).owner;
}

/** Whether the header is of the scheme, with a token or without a readable one. */
export function isBearer(header: string | undefined): boolean {
  return /^bearer\b/i.test(header ?? '');
}

/** RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1). Undefined when there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header ?? '')?.[1];
}
