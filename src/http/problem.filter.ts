import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiter } from '../auth/rate-limiter.js';
import { AllowedMethods } from './allowed-methods.js';
import { ErrorFormatRegistry } from './error-formats.js';
import { pathOf, internalError, methodNotAllowed, sendProblem, toProblem, type Problem } from './problem.js';
import { RefusalLog } from './refusal-log.js';
import { routeOf } from './request-log.js';
import { RefusedOrigins } from './refused-origins.js';

/** Converts every error to a response: domain errors, errors of Nest and Fastify, and unexpected ones (500). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly allowedMethods: AllowedMethods,
    private readonly errorFormats: ErrorFormatRegistry,
    private readonly refusals: RefusalLog,
    private readonly origins: RefusedOrigins,
    private readonly modules: ModuleRef,
  ) {}

  catch(cause: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    void this.countFailure(request, cause).then((error) => {
      this.send(error, request, http.getResponse<FastifyReply>());
    });
  }

  /** Counts a request that has failed before it has authenticated. @returns the error to report */
  private async countFailure(request: FastifyRequest, error: unknown): Promise<unknown> {
    if (request.owner) return error;
    const rateLimiter = this.modules.get(RateLimiter, { strict: false });
    return rateLimiter.consumeUncounted(request).then(
      () => error,
      (tooMany: unknown) => tooMany,
    );
  }

  private send(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const path = pathOf(request);
    const problem = this.toMethodNotAllowed(error, request, path) ?? toProblem(error) ?? internalError;
    if (problem.code === 'foreign_origin') this.origins.warn(request.headers.origin);
    else this.refusals.note(request.log, problem, error);
    sendProblem(request, reply, problem, this.errorFormats.get(routeOf(request) ?? path));
  }

  /** Nest throws NotFoundException for an unknown path and for a wrong method. */
  private toMethodNotAllowed(error: unknown, request: FastifyRequest, path: string): Problem | undefined {
    if (!(error instanceof NotFoundException) || !request.is404) return undefined;
    const allowed = this.allowedMethods.of(path);
    return allowed.length > 0 && !allowed.includes(request.method) ? methodNotAllowed(allowed) : undefined;
  }
}
