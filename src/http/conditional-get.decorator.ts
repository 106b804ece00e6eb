import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiHeader, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';

const entityTag = {
  description: 'Send it as `If-None-Match` to read only what has changed.',
  schema: { type: 'string' },
};

/** The headers of an answer of a route with `@ConditionalGet()`. */
export const conditionalHeaders = { ETag: entityTag } satisfies ApiResponseOptions['headers'];

/** The answer of the route has an `ETag`, and is 304 if the client has it already. */
export function ConditionalGet(): MethodDecorator {
  return applyDecorators(
    RouteConfig({ conditional: true }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The `ETag` of an earlier answer. If nothing has changed since, the answer is 304 without a body.',
      schema: { type: 'string' },
    }),
    ApiResponse({ status: 304, description: 'Nothing has changed.', headers: conditionalHeaders }),
  );
}
