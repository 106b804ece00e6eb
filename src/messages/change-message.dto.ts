import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, Max, Min, Validate, ValidateIf } from 'class-validator';
import { JsonText } from '../common/json-text.js';
import { IsCompatible, MatchesRule, OptionalButNotNull } from '../http/text-rule.js';
import { AppendConstraint } from './message-constraints.js';
import { IsFormat, IsMessageMetadata, IsPayload } from './message-json.dto.js';
import { statuses, type MessageStatus } from './message-rules.js';
import type { MessageChange, StreamedMessage } from './message.js';

const wholeNumber = { message: 'must be a whole number of bytes, 0 or more' };
const ends = statuses.filter((status) => status !== 'in_progress');

function leaseProblem(lease: string): string | undefined {
  return /^[0-9a-f]{32}$/.test(lease) ? undefined : 'must be the lease of an answer: 32 digits and letters a to f';
}

/** Only the end sets them. */
function withEndOnly({ status }: Record<string, unknown>): string | undefined {
  return status === undefined ? 'must come together with status' : undefined;
}

export class ChangeMessageDto {
  @ApiPropertyOptional({
    pattern: '^[0-9a-f]{32}$',
    description: 'From the answer to the request that has created the message, or has taken the lease.',
  })
  @ValidateIf(({ lease, takeLease }: ChangeMessageDto) => lease !== undefined || takeLease !== true)
  @MatchesRule(leaseProblem)
  @IsCompatible(({ lease, takeLease }) =>
    (lease === undefined) === (takeLease === true) ? undefined : 'must come, or takeLease must be true; not both',
  )
  lease?: string;

  @ApiPropertyOptional({
    description:
      'To go on with a message whose client does not write any more, which reads as `incomplete`. The answer has the ' +
      'new `lease`.',
  })
  @OptionalButNotNull()
  @IsBoolean({ message: 'must be true or false' })
  takeLease?: boolean;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'Where `append` begins, in bytes of UTF-8: the `contentBytes`.',
  })
  @OptionalButNotNull()
  @IsInt(wholeNumber)
  @Min(0, wholeNumber)
  @Max(Number.MAX_SAFE_INTEGER, wholeNumber)
  @IsCompatible(({ append }) => (append === undefined ? 'must come together with append' : undefined))
  offset?: number;

  @ApiPropertyOptional({ description: 'The next chunk of the text; whole characters.' })
  @OptionalButNotNull()
  @Validate(AppendConstraint)
  @IsCompatible(({ offset }) => (offset === undefined ? 'must come together with offset' : undefined))
  append?: string;

  @ApiPropertyOptional({ enum: ends, description: 'Ends the message.' })
  @OptionalButNotNull()
  @IsIn(ends, { message: `must be one of ${ends.join(', ')}` })
  status?: MessageStatus;

  @IsFormat()
  @IsCompatible(withEndOnly)
  format?: string;

  @IsPayload()
  @IsCompatible(withEndOnly)
  payload?: JsonText;

  @IsMessageMetadata()
  @IsCompatible(withEndOnly)
  metadata?: JsonText;

  static change(dto: ChangeMessageDto): MessageChange {
    const { lease, takeLease = false, append = '', offset, status, format, payload, metadata } = dto;
    const end = status && { status, format, payload: payload?.text, metadata: metadata?.text };
    return { lease, takeLease, append, offset, end };
  }
}

export class StreamedMessageDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  sessionId!: string;

  @ApiProperty({ enum: statuses })
  status!: MessageStatus;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Where the next chunk begins, in bytes of UTF-8.' })
  contentBytes!: number;

  @ApiPropertyOptional({ description: 'Only when it has just been taken.' })
  lease?: string;
}

export function toStreamedMessageDto({ id, lease, ...message }: StreamedMessage): StreamedMessageDto {
  return { id: String(id), ...message, ...(lease !== undefined && { lease }) };
}
