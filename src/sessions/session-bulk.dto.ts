import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import type { JsonText } from '../common/json-text.js';
import { MatchesJsonRule } from '../http/json-rule.js';
import { bulkOperations, type BulkOperation, type BulkOutcome } from './session-bulk.js';
import { exampleSessionId } from './session.dto.js';

const maxIds = 100;
/** A longer text is no id, and would be repeated in the answer. */
const maxIdCharacters = 50;

/** The reason why a field is no list of ids, naming the place of what is wrong; undefined if it is. */
function idsProblem(json: JsonText): string | undefined {
  const ids = json.parse();
  if (!Array.isArray(ids)) return 'must be a list';
  if (ids.length === 0 || ids.length > maxIds) return `must have 1 to ${maxIds} ids`;
  const wrong = ids.findIndex((id) => typeof id !== 'string' || id.length > maxIdCharacters);
  return wrong < 0 ? undefined : `id ${wrong + 1} must be a string of at most ${maxIdCharacters} characters`;
}

export class BulkDto {
  @ApiProperty({ enum: bulkOperations })
  @IsIn(bulkOperations, { message: `must be one of ${bulkOperations.join(', ')}` })
  operation!: BulkOperation;

  @ApiProperty({ type: [String], minItems: 1, maxItems: maxIds, description: 'The `id`s of sessions.' })
  @MatchesJsonRule('a list', idsProblem)
  ids!: JsonText;

  static ids({ ids }: BulkDto): string[] {
    return ids.parse() as string[];
  }
}

export class BulkResultDto {
  @ApiProperty()
  id!: string;

  @ApiProperty({
    type: 'integer',
    enum: [200, 204, 404],
    description: 'The status that the operation on this session alone would have.',
  })
  status!: number;

  @ApiPropertyOptional({ description: 'Of the problem, when there is one.' })
  code?: string;
}

export class BulkResultsDto {
  @ApiProperty({ type: [BulkResultDto], description: 'One for each id, in the order of the request.' })
  results!: BulkResultDto[];
}

export const bulkExample = { operation: 'archive', ids: [exampleSessionId, 'essay-on-lakes'] };
export const bulkResultsExample: BulkResultsDto = {
  results: [
    { id: exampleSessionId, status: 200 },
    { id: 'essay-on-lakes', status: 404, code: 'session_not_found' },
  ],
};

export function toBulkResultsDto(operation: BulkOperation, outcomes: BulkOutcome[]): BulkResultsDto {
  const done = operation === 'delete' ? 204 : 200;
  return {
    results: outcomes.map(({ id, missing }) => ({
      id,
      status: missing ? 404 : done,
      ...(missing && { code: missing }),
    })),
  };
}
