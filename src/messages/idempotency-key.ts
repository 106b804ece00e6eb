import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ValidationFailedError, type FieldProblem } from '../common/domain-error.js';
import { clientMessageIdProblem } from './message-rules.js';

const name = 'Idempotency-Key';

/** Parameter decorator: the values of the header `Idempotency-Key`. Read them after the fields were validated. */
export const IdempotencyKey = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<FastifyRequest>().raw.headersDistinct[name.toLowerCase()],
);

/** Documents the header. */
export const ApiIdempotencyKey = () =>
  ApiHeader({
    name,
    required: false,
    description:
      'Another way to send `clientMessageId`: the plain value, or a quoted string as in the draft of the IETF, which means ' +
      'what is between the quotes. Together with the field, both must be equal.',
    schema: { type: 'string', minLength: 1, maxLength: 512 },
  });

/**
 * Reads the header as a client message id: a quoted string (RFC 9651 section 3.3.3) without its quotes and escapes, and
 * any other value as it is.
 * @throws ValidationFailedError for several headers, an unfinished string, or a value that is no client message id
 */
export function readIdempotencyKey(values: string[] | undefined): string | undefined {
  if (values === undefined) return undefined;
  const [value = '', ...others] = values;
  if (others.length > 0) throw new ValidationFailedError([headerProblem('must not be sent more than once')]);
  const key = value.startsWith('"') ? unquote(value) : value;
  if (key === undefined) {
    throw new ValidationFailedError([headerProblem('must be one string in quotes, or have no quote at the beginning')]);
  }
  const problem = clientMessageIdProblem(key);
  if (problem !== undefined) throw new ValidationFailedError([headerProblem(problem)]);
  return key;
}

/** The client message id of a request that may have it in the header, the field, or both. @throws ValidationFailedError */
export function clientMessageIdOf(header: string | undefined, field: string | undefined): string | undefined {
  if (header === undefined || field === undefined || header === field) return header ?? field;
  throw new ValidationFailedError([
    headerProblem('must be equal to the field clientMessageId'),
    { in: 'body', pointer: '/clientMessageId', detail: `must be equal to the header ${name}` },
  ]);
}

/** Undefined unless the value is one quoted string. */
function unquote(value: string): string | undefined {
  const inside = /^"((?:[^"\\]|\\["\\])*)"$/.exec(value)?.[1];
  return inside?.replaceAll(/\\(["\\])/g, '$1');
}

function headerProblem(detail: string): FieldProblem {
  return { in: 'header', pointer: `/${name}`, detail };
}
