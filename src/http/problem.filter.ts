import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowedMethods } from './allowed-methods.js';
import { ErrorFormatRegistry } from './error-formats.js';
import { DomainError } from '../common/domain-error.js';
import { serializeError } from '../common/error-serializer.js';
import { pathOf, internalError, methodNotAllowed, sendProblem, toProblem, type Problem } from './problem.js';

/** Converts every error to a response: domain errors, errors of Nest and Fastify, and unexpected ones (500). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly allowedMethods: AllowedMethods,
    private readonly errorFormats: ErrorFormatRegistry,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const path = pathOf(request);
    const problem = this.toMethodNotAllowed(error, request, path) ?? toProblem(error) ?? internalError;
    if (problem.status >= 500 || isRefusedByDatabase(error))
      request.log[levelOf(problem)]({ error: serializeError(error) }, problem.code);
    sendProblem(
      request,
      http.getResponse<FastifyReply>(),
      problem,
      this.errorFormats.get(request.routeOptions.url ?? path),
    );
  }

  /** Nest throws NotFoundException for an unknown path and for a wrong method. */
  private toMethodNotAllowed(error: unknown, request: FastifyRequest, path: string): Problem | undefined {
    if (!(error instanceof NotFoundException) || !request.is404) return undefined;
    const allowed = this.allowedMethods.of(path);
    return allowed.length > 0 && !allowed.includes(request.method) ? methodNotAllowed(allowed) : undefined;
  }
}

/** A request that passed the validation and failed in the database: the log keeps the error number. */
function isRefusedByDatabase(error: unknown): boolean {
  return error instanceof DomainError && ['invalid', 'too_large'].includes(error.kind) && error.cause !== undefined;
}

/** `not_ready` is not a warning: probes cause it every second, and the database connection logs the reason once. */
function levelOf({ status, code }: Problem): 'error' | 'warn' | 'debug' {
  if (status === 500) return 'error';
  return code === 'not_ready' ? 'debug' : 'warn';
}
