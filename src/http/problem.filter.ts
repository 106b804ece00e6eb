import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
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
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const path = pathOf(request);
    const problem = this.toMethodNotAllowed(error, request, path) ?? toProblem(error) ?? internalError;
    if (problem.code === 'foreign_origin') this.origins.warn(request.headers.origin);
    else this.refusals.note(request.log, problem, error);
    sendProblem(request, http.getResponse<FastifyReply>(), problem, this.errorFormats.get(routeOf(request) ?? path));
  }

  /** Nest throws NotFoundException for an unknown path and for a wrong method. */
  private toMethodNotAllowed(error: unknown, request: FastifyRequest, path: string): Problem | undefined {
    if (!(error instanceof NotFoundException) || !request.is404) return undefined;
    const allowed = this.allowedMethods.of(path);
    return allowed.length > 0 && !allowed.includes(request.method) ? methodNotAllowed(allowed) : undefined;
  }
}
