import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FailureForm } from './failure-forms.js';
import { DomainError, ValidationFailed, type ErrorKind, type FieldProblem } from './domain-error.js';
import type { ProblemDto } from './problem.dto.js';

/** What is left of an error for its answer. */
export interface ProblemSummary {
  status: number;
  code: string;
  detail: string;
  errors?: FieldProblem[];
  headers?: Record<string, string>;
}

const statusOf: Record<ErrorKind, number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_many: 429,
  unavailable: 503,
};

const nothingHere = { code: 'not_found', detail: 'There is nothing at this address.' };
const unreadable = { code: 'bad_request', detail: 'The request cannot be read.' };

/** Refusals that Nest and Fastify make themselves. Their own words are not repeated: they may quote the request. */
const httpProblems: Record<number, { code: string; detail: string }> = {
  400: unreadable,
  404: nothingHere,
  408: { code: 'request_timeout', detail: 'The request came too slowly.' },
  413: { code: 'body_too_large', detail: 'The body is too large.' },
  415: { code: 'unsupported_media_type', detail: 'The body must be application/json in UTF-8.' },
  431: { code: 'headers_too_large', detail: 'The headers are too large.' },
};

/** Node's errors of a connection whose bytes are not HTTP, too many, or too slow. */
const connectionStatus: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
const problemType = 'application/problem+json; charset=utf-8';

/** Undefined for what nobody expected: a fault of ours. */
export function summarise(error: unknown): ProblemSummary | undefined {
  if (error instanceof DomainError) {
    return {
      status: statusOf[error.kind],
      code: error.code,
      detail: error.message,
      ...(error instanceof ValidationFailed && { errors: error.problems }),
      headers: headersOf(error),
    };
  }
  if (error instanceof HttpProblem) {
    const { status, code, message: detail } = error;
    return { status, code, detail, ...(status === 503 && { headers: { 'retry-after': '1' } }) };
  }
  const status = httpStatus(error);
  // What may not be had from the files of the docs page is as good as not there.
  if (status === 403) return { status: 404, ...nothingHere };
  const known = httpProblems[status];
  if (known) return { status, ...known };
  return status >= 400 && status < 500 ? { status: 400, ...unreadable } : undefined;
}

function headersOf({ kind, retryAfterSeconds }: DomainError): Record<string, string> {
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

/** A refusal that has to do with HTTP alone. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** For an address that knows other methods. RFC 9110 section 15.5.6. */
export function methodNotAllowed(allowed: string[]): ProblemSummary {
  return {
    status: 405,
    code: 'method_not_allowed',
    detail: 'This address does not know the method; the header Allow lists those that it knows.',
    headers: { allow: allowed.join(', ') },
  };
}

export const internalError: ProblemSummary = {
  status: 500,
  code: 'internal_error',
  detail: 'Something went wrong here; it has been logged.',
};

/** The address that was asked for, without what stands behind the question mark. */
export function addressOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? '/';
}

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: ProblemSummary,
  form?: FailureForm,
): void {
  const { status, body } = form?.(problem) ?? {
    status: problem.status,
    body: toProblem(problem, addressOf(request), request.id),
  };
  void reply
    .status(status)
    .headers({ ...problem.headers, 'x-request-id': request.id })
    .type(form ? 'application/json; charset=utf-8' : problemType)
    .send(JSON.stringify(body));
}

/** For what is not even a request: an answer by hand, and the end of the connection. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: { headersSent: boolean } };
  // Node does the same: an answer that is on its way is not cut in two.
  if (!socket.writable || error.code === 'ECONNRESET' || answer?.headersSent) {
    socket.destroy();
    return;
  }
  const status = connectionStatus[error.code ?? ''] ?? 400;
  const problem = { status, ...(httpProblems[status] ?? unreadable) };
  const requestId = randomUUID();
  const body = JSON.stringify(toProblem(problem, '/', requestId));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: ${problemType}\r\n` +
      `X-Request-Id: ${requestId}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function toProblem(problem: ProblemSummary, instance: string, requestId: string): ProblemDto {
  return {
    type: 'about:blank',
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.detail,
    instance,
    code: problem.code,
    requestId,
    ...(problem.errors && { errors: problem.errors }),
  };
}
