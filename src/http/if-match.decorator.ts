import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

const name = 'If-Match';

/** Parameter decorator: the values of the header `If-Match`. Read them after the fields were validated. */
export const IfMatch = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<FastifyRequest>().raw.headersDistinct[name.toLowerCase()],
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
