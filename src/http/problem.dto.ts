import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { quotaNames, type FieldProblem, type ReachedQuota } from '../common/domain-error.js';
import { dependencies, type Dependency, type DependencyCheck } from '../common/readiness.js';
import { problemCatalogue } from '../openapi/problem-catalogue.js';

export class FieldProblemDto implements FieldProblem {
  @ApiProperty({ enum: ['body', 'query', 'header'], description: 'The part of the request that has the field.' })
  in!: FieldProblem['in'];

  @ApiProperty({
    example: '/title',
    description:
      'JSON pointer (RFC 6901) to the field, or a slash and the name of the header; empty for the whole body.',
  })
  pointer!: string;

  @ApiProperty({ example: 'must be at most 255 characters, is 300' })
  detail!: string;
}

/** With `quota_exceeded` only. */
export class ReachedQuotaDto implements ReachedQuota {
  @ApiProperty({ enum: quotaNames, description: 'What the owner has reached: the bytes of all contents, or a number.' })
  name!: ReachedQuota['name'];

  @ApiProperty({ type: 'integer', minimum: 1, example: 1_073_741_824 })
  limit!: number;
}

/** One check of `/readyz?verbose`. */
export class DependencyCheckDto implements DependencyCheck {
  @ApiProperty({ enum: dependencies })
  name!: Dependency;

  @ApiProperty()
  ok!: boolean;
}

/** A problem document (RFC 9457) with a stable code, the request id and, for invalid input, every wrong field. */
export class ProblemDto {
  @ApiProperty({
    format: 'uri-reference',
    example: 'about:blank',
    description: 'Always `about:blank`: the `code` identifies the problem.',
  })
  type!: string;

  @ApiProperty({ example: 'Not Found', description: 'The reason phrase of the status.' })
  title!: string;

  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599, example: 404 })
  status!: number;

  @ApiProperty({ example: 'There is no such session.', description: 'For people; the text may change.' })
  detail!: string;

  @ApiProperty({ format: 'uri-reference', example: '/api/v1/sessions/chat_1', description: "The request's path." })
  instance!: string;

  @ApiProperty({
    enum: Object.keys(problemCatalogue),
    example: 'session_not_found',
    description: 'For programs; stable. A later version may add codes; docs/errors.md explains all of them.',
  })
  code!: string;

  @ApiProperty({ example: '0197b4c2-8f5e-4a51-9f0e-3f1f6a3f2b10', description: 'Also in the header X-Request-Id.' })
  requestId!: string;

  @ApiPropertyOptional({
    pattern: '^[0-9a-f]{32}$',
    example: '4bf92f3577b34da6a3ce929d0e0e4736',
    description: 'The trace of the request, also in the log; only while the server sends traces (docs/traces.md).',
  })
  traceId?: string;

  @ApiPropertyOptional({
    type: [FieldProblemDto],
    description:
      'With `validation_failed`: every wrong field. With a conflict of one message among several: its place.',
  })
  errors?: FieldProblem[];

  // Without a description, which would make a reference with siblings of it.
  @ApiPropertyOptional({ type: ReachedQuotaDto })
  quota?: ReachedQuota;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'With refused changes of a message that is written in chunks: the bytes of UTF-8 that it has.',
  })
  contentBytes?: number;

  @ApiPropertyOptional({ enum: dependencies, isArray: true, description: 'With `not_ready` only: what is missing.' })
  missing?: readonly Dependency[];

  @ApiPropertyOptional({ type: [DependencyCheckDto], description: 'With `/readyz?verbose` only.' })
  checks?: DependencyCheckDto[];
}
