import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorFormatter } from './error-formats.js';
import { DomainError, type ErrorKind, type FieldProblem, type ReachedQuota } from '../common/domain-error.js';
import type { Dependency, DependencyCheck } from '../common/readiness.js';
import type { ProblemDto } from './problem.dto.js';
import { publicPath } from './public-path.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The id of its trace; undefined while nothing is traced. */
    traceId?: string;
    /** The code of the problem that was sent. */
    problemCode?: string;
  }
}

/** An error as an HTTP response without its format. */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  errors?: FieldProblem[];
  quota?: ReachedQuota;
  contentBytes?: number;
  missing?: readonly Dependency[];
  checks?: DependencyCheck[];
  headers?: Record<string, string>;
}

const statusOf: Record<ErrorKind, number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  too_many: 429,
  unavailable: 503,
};

const notFound = { code: 'not_found', detail: 'There is nothing at this address.' };
export const unreadable = { code: 'bad_request', detail: 'The request cannot be read.' };

/** Problems for the errors of Nest and Fastify. Their own messages are not sent, because they may quote the request. */
export const httpProblems: Record<number, { code: string; detail: string }> = {
  400: unreadable,
  404: notFound,
  408: { code: 'request_timeout', detail: 'The request took too long to arrive.' },
  413: { code: 'body_too_large', detail: 'The body is too large.' },
  415: { code: 'unsupported_media_type', detail: 'The body must be application/json in UTF-8.' },
  431: { code: 'headers_too_large', detail: 'The headers are too large.' },
};

export const problemType = 'application/problem+json; charset=utf-8';

/** The problem for an error; undefined for an unexpected error, which is a fault of the server. */
export function toProblem(error: unknown): Problem | undefined {
  if (error instanceof DomainError) {
    return {
      status: statusOf[error.kind],
      code: error.code,
      detail: error.message,
      ...(error.problems && { errors: error.problems }),
      ...(error.quota && { quota: error.quota }),
      ...(error.contentBytes !== undefined && { contentBytes: error.contentBytes }),
      ...error.readiness,
      headers: responseHeaders(error),
    };
  }
  if (error instanceof HttpError) {
    const { status, code, message: detail } = error;
    return { status, code, detail, ...(status === 503 && { headers: { 'retry-after': '1' } }) };
  }
  const status = httpStatus(error);
  // @fastify/static answers 403 for files that it does not serve.
  if (status === 403) return { status: 404, ...notFound };
  const known = httpProblems[status];
  if (known) return { status, ...known };
  return status >= 400 && status < 500 ? { status: 400, ...unreadable } : undefined;
}

function responseHeaders({ kind, retryAfterSeconds }: DomainError): Record<string, string> {
  return {
    // RFC 6750 section 3
    ...(kind === 'unauthenticated' && { 'www-authenticate': 'Bearer' }),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  };
}

function httpStatus(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}

export const serverBusy = {
  status: 503,
  code: 'server_busy',
  detail: 'Too much is waiting, being read or answered at once; try again.',
};

/** An error of the HTTP layer itself. Services throw a DomainError instead. */
export class HttpError extends Error {
  /** @param logDetails what the log says besides; never sent to the caller */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    { logDetails = {}, ...options }: ErrorOptions & { logDetails?: Record<string, string | undefined> } = {},
  ) {
    super(message, options);
    this.logDetails = logDetails;
  }

  readonly logDetails: Record<string, string | undefined>;
}

/** The problem for a path that supports only other methods (RFC 9110 section 15.5.6). */
export function methodNotAllowed(allowed: string[]): Problem {
  return {
    status: 405,
    code: 'method_not_allowed',
    detail: 'This path does not support the method; the header Allow lists the methods that it supports.',
    headers: { allow: allowed.join(', ') },
  };
}

export const internalError: Problem = {
  status: 500,
  code: 'internal_error',
  detail: 'Something went wrong here; it has been logged.',
};

/** The path of the request, without the query. */
export function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? '/';
}

/** Sends a problem as problem+json, or in another format if `formatter` is given. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  formatter?: ErrorFormatter,
): void {
  request.problemCode = problem.code;
  const { status, body } = formatter?.(problem, request) ?? {
    status: problem.status,
    body: toProblemDto(problem, publicPath(request, pathOf(request)), request.id, request.traceId),
  };
  void reply
    .status(status)
    .headers({ ...problem.headers, 'x-request-id': request.id })
    .type(formatter ? 'application/json; charset=utf-8' : problemType)
    .send(body === undefined ? '' : JSON.stringify(body));
}

/** The response body of a problem (RFC 9457). */
export function toProblemDto(problem: Problem, instance: string, requestId: string, traceId?: string): ProblemDto {
  return {
    type: 'about:blank',
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.detail,
    instance,
    code: problem.code,
    requestId,
    ...(traceId !== undefined && { traceId }),
    ...(problem.errors && { errors: problem.errors }),
    ...(problem.quota && { quota: problem.quota }),
    ...(problem.contentBytes !== undefined && { contentBytes: problem.contentBytes }),
    ...(problem.missing && { missing: problem.missing }),
    ...(problem.checks && { checks: problem.checks }),
  };
}
