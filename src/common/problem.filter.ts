import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { loggable } from './loggable.js';
import { internalError, sendProblem, summarise } from './problem.js';

/** The one place where an error becomes an answer: the services' own, Nest's and Fastify's, and the unexpected. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const problem = summarise(error) ?? internalError;
    if (problem.status >= 500) request.log.error({ error: loggable(error) }, problem.code);
    sendProblem(request, http.getResponse<FastifyReply>(), problem);
  }
}
