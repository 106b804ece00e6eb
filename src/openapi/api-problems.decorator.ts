import { STATUS_CODES } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath, type ApiResponseOptions } from '@nestjs/swagger';
import { ProblemDto } from '../http/problem.dto.js';
import { problemCatalogue, type ProblemCode, type ProblemEntry } from './problem-catalogue.js';

const everywhere: ProblemCode[] = ['misdirected_request', 'too_many_requests', 'server_busy', 'internal_error'];
const authenticated: ProblemCode[] = [...everywhere, 'unauthenticated', 'authentication_unavailable'];
const withToken: ProblemCode[] = [...authenticated, 'database_unavailable', 'database_busy'];

/** The problems that operations have in common. */
export const problemsFor = {
  /** Routes without authentication. */
  open: everywhere,
  /** Routes that authenticate the caller. */
  authentication: authenticated,
  /** Routes that read data. */
  reading: withToken,
  /** Routes with query parameters. */
  query: ['validation_failed'] as ProblemCode[],
  /** Routes that change data. */
  writing: [...withToken, 'outcome_unknown'] as ProblemCode[],
  /** Routes with a body. */
  body: [
    'malformed_json',
    'repeated_field',
    'too_many_fields',
    'body_too_large',
    'unsupported_media_type',
    'validation_failed',
  ] as ProblemCode[],
};

/** Documents the problems that an operation can answer, grouped by status, with an example of each. */
export function ApiProblems(...lists: (ProblemCode | ProblemCode[])[]): MethodDecorator {
  const codes = [...new Set(lists.flat())];
  const statuses = [...new Set(codes.map((code) => problemCatalogue[code].status))].sort((a, b) => a - b);
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...statuses.map((status) =>
      problemResponse(
        status,
        codes.filter((code) => problemCatalogue[code].status === status),
      ),
    ),
  );
}

function problemResponse(status: number, codes: ProblemCode[]): MethodDecorator {
  return ApiResponse({
    status,
    // Descriptions are Markdown, in which <token> would be markup.
    description: codes.map((code) => `\`${code}\`: ${problemCatalogue[code].detail.replace('<', '\\<')}`).join(' '),
    content: {
      'application/problem+json': {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])),
      },
    },
    ...(documentedHeaders[status] && { headers: documentedHeaders[status] }),
  });
}

/** The response headers that come with each status. */
export const documentedHeaders: Record<number, ApiResponseOptions['headers']> = {
  401: { 'WWW-Authenticate': { description: 'The scheme to use.', schema: { type: 'string' } } },
  429: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
  503: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
};

function example(code: ProblemCode): ProblemDto {
  const { status, detail, errors, quota, contentBytes, missing }: ProblemEntry = problemCatalogue[code];
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    instance: '/api/v1/sessions',
    code,
    requestId: '0197b4c2-8f5e-4a51-9f0e-3f1f6a3f2b10',
    ...(errors && { errors }),
    ...(quota && { quota }),
    ...(contentBytes !== undefined && { contentBytes }),
    ...(missing && { missing }),
  };
}
