import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AuthGuard } from './auth.guard.js';
import { UnauthenticatedError } from './auth.errors.js';
import type { Authenticator } from './authenticator.js';
import { Public } from './public.decorator.js';

class Routes {
  @Public()
  open(): void {
    return;
  }

  closed(): void {
    return;
  }
}

/** The guard's decision for a request to the route, and how often it authenticated. */
async function decide(route: keyof Routes, request: Partial<FastifyRequest>, isAuthentic = false) {
  let calls = 0;
  const authenticator = {
    authenticateBearer: () => {
      calls++;
      return isAuthentic ? Promise.resolve() : Promise.reject(new UnauthenticatedError());
    },
  };
  const guard = new AuthGuard(new Reflector(), authenticator as unknown as Authenticator);
  const context = {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- the metadata is on the function itself
    getHandler: () => Routes.prototype[route],
    getClass: () => Routes,
    switchToHttp: () => ({ getRequest: () => request }),
  };
  const decision = Promise.resolve(guard.canActivate(context as unknown as ExecutionContext));
  const outcome = await decision.catch((error: unknown) => error);
  return { outcome, calls };
}

describe('AuthGuard', () => {
  it('accepts every request to a public route', async () => {
    expect(await decide('open', {})).toEqual({ outcome: true, calls: 0 });
  });

  it('authenticates a request to another route, and rejects it when that fails', async () => {
    const { outcome, calls } = await decide('closed', {});
    expect(outcome).toBeInstanceOf(UnauthenticatedError);
    expect(calls).toBe(1);
  });

  it('accepts a request to another route that it has authenticated', async () => {
    expect(await decide('closed', {}, true)).toEqual({ outcome: true, calls: 1 });
  });

  it('does not authenticate a request again whose owner is known', async () => {
    const owner = { userId: 1, activityId: 1 };
    expect(await decide('closed', { owner })).toEqual({ outcome: true, calls: 0 });
  });
});
