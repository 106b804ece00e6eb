import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInstance } from 'class-validator';
import { JsonText } from '../common/json-text.js';
import { JsonField } from '../http/json-field.decorator.js';
import { OptionalButNotNull } from '../http/text-rule.js';
import { MessageDto, SaveMessageDto, toMessageDto } from './message.dto.js';
import { statuses, type MessageStatus } from './message-rules.js';
import type { NewMessage, SaveResult } from './message.js';

export const maxBatchMessages = 100;
export const parsedMessages = Symbol('parsed messages');
const ended = statuses.filter((status) => status !== 'in_progress');

/** A message of a batch: it is not written in chunks. */
export class SaveInBatchDto extends SaveMessageDto {
  @ApiPropertyOptional({ enum: ended, description: 'When left out: `complete`.' })
  @OptionalButNotNull()
  @IsIn(ended, { message: `must be one of ${ended.join(', ')}` })
  declare status?: MessageStatus;
}

export class MessageBatchDto {
  @ApiProperty({ type: [SaveInBatchDto], minItems: 1, maxItems: maxBatchMessages })
  @JsonField()
  @IsInstance(JsonText, { message: 'must be a list' })
  messages!: JsonText;

  /** Set by `MessageBatchPipe`. No field of a request has this name. */
  readonly [parsedMessages]: NewMessage[] = [];
}

export class BatchResultDto {
  @ApiProperty({ type: 'integer', enum: [201, 200], description: '200: it was saved before by its `clientMessageId`.' })
  status!: number;

  @ApiProperty()
  message!: MessageDto;
}

export class BatchResultsDto {
  @ApiProperty({ type: [BatchResultDto], description: 'In the order of the request.' })
  results!: BatchResultDto[];
}

export function toBatchResultsDto(results: SaveResult[]): BatchResultsDto {
  return {
    results: results.map(({ message, replayed }) => ({ status: replayed ? 200 : 201, message: toMessageDto(message) })),
  };
}
