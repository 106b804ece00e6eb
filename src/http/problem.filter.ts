import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AllowedMethods } from './allowed-methods.js';
import { ErrorFormatRegistry } from './error-formats.js';
import { serializeError } from '../common/error-serializer.js';
import { pathOf, internalError, methodNotAllowed, sendProblem, toProblem, type Problem } from './problem.js';

/** The one place where an error becomes an answer: the services' own, Nest's and Fastify's, and the unexpected. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly allowedMethods: AllowedMethods,
    private readonly errorFormats: ErrorFormatRegistry,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const address = pathOf(request);
    const problem = this.wrongMethod(error, request, address) ?? toProblem(error) ?? internalError;
    if (problem.status >= 500) request.log[levelOf(problem)]({ error: serializeError(error) }, problem.code);
    sendProblem(
      request,
      http.getResponse<FastifyReply>(),
      problem,
      this.errorFormats.get(request.routeOptions.url ?? address),
    );
  }

  /** Nest says "not found" of both. */
  private wrongMethod(error: unknown, request: FastifyRequest, address: string): Problem | undefined {
    if (!(error instanceof NotFoundException) || !request.is404) return undefined;
    const allowed = this.allowedMethods.of(address);
    return allowed.length > 0 && !allowed.includes(request.method) ? methodNotAllowed(allowed) : undefined;
  }
}

/** Probes ask every second, and the database's absence is said once by whoever waits for it. */
function levelOf({ status, code }: Problem): 'error' | 'warn' | 'debug' {
  if (status === 500) return 'error';
  return code === 'not_ready' ? 'debug' : 'warn';
}
