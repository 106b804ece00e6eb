import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { readIfMatch } from './entity-version.js';

const name = 'If-Match';

/**
 * Parameter decorator: the versions that the header `If-Match` names; undefined when any will do.
 * @throws ValidationFailedError
 */
export const IfMatch = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  readIfMatch(context.switchToHttp().getRequest<FastifyRequest>().raw.headersDistinct[name.toLowerCase()]),
);

/** Documents the header. */
export const ApiIfMatch = () =>
  ApiHeader({
    name,
    required: false,
    description:
      'The `ETag` of the session as it was read. If the session has another `version` by now, the answer is 412 and ' +
      'nothing is changed. `*` allows any version, as does no header.',
    schema: { type: 'string' },
  });
