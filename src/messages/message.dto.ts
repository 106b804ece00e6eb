import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, Validate } from 'class-validator';
import { decodeCursor, encodeCursor } from '../common/cursor.js';
import { formatIsoTime, parseIsoTime } from '../common/iso-time.js';
import { IsCursorOf, PageDto, PageQuery } from '../http/pagination.dto.js';
import { MatchesRule, OptionalButNotNull } from '../http/text-rule.js';
import { exampleSessionId } from '../sessions/session.dto.js';
import { ContentConstraint, TimestampConstraint } from './message-constraints.js';
import { clientMessageIdProblem, roles, type Role } from './message-rules.js';
import type { Message, MessageOrder, MessagePage, MessagePosition, NewMessage } from './message.js';

const cursorName = 'messages';
const orders = ['asc', 'desc'] as const;

export class SaveMessageDto {
  @ApiProperty({ enum: roles })
  @IsIn(roles, { message: `must be one of ${roles.join(', ')}` })
  role!: Role;

  @ApiProperty({
    minLength: 1,
    description: 'Up to 1 MiB of UTF-8 (configurable), any Unicode but U+0000; given back as it was sent.',
  })
  @Validate(ContentConstraint)
  content!: string;

  @ApiPropertyOptional({
    format: 'date-time',
    description:
      'When it was written: ISO 8601 with zone, from 1970 to five minutes ahead of the server. The time of saving when left out.',
  })
  @OptionalButNotNull()
  @Validate(TimestampConstraint)
  timestamp?: string;

  @ApiPropertyOptional({
    pattern: '^[\\x21-\\x7e]{1,100}$',
    description: "The client's name for the message. A send that carries one may be repeated and is saved once.",
  })
  @OptionalButNotNull()
  @MatchesRule(clientMessageIdProblem)
  clientMessageId?: string;

  static message({ role, content, timestamp, clientMessageId }: SaveMessageDto): NewMessage {
    return {
      role,
      content,
      timestamp: timestamp === undefined ? undefined : parseIsoTime(timestamp),
      clientMessageId,
    };
  }
}

export class MessagesQuery extends PageQuery {
  @ApiPropertyOptional({ enum: orders, default: 'asc', description: 'Oldest first, or newest first.' })
  @OptionalButNotNull()
  @IsIn(orders, { message: `must be one of ${orders.join(', ')}` })
  order?: MessageOrder;

  @IsCursorOf(cursorName)
  after?: string;

  static position({ after }: MessagesQuery): MessagePosition | undefined {
    const cursor = after === undefined ? undefined : decodeCursor(cursorName, after);
    return cursor && { timestamp: cursor[0], sequence: cursor[1] };
  }
}

export class MessageDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  sessionId!: string;

  @ApiProperty({ enum: roles })
  role!: Role;

  @ApiProperty()
  content!: string;

  @ApiProperty({ format: 'date-time' })
  timestamp!: string;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description: 'The place among all messages ever saved into the session; decides between equal timestamps.',
  })
  sequence!: number;

  @ApiProperty({ type: String, nullable: true })
  clientMessageId!: string | null;

  @ApiProperty({ format: 'date-time', description: 'When the server saved it.' })
  createdAt!: string;
}

/** The message in the examples of the documentation. */
export const messageExample: MessageDto = {
  id: '1',
  sessionId: exampleSessionId,
  role: 'user',
  content: 'How long is the Nile?',
  timestamp: '2026-11-22T08:00:00.000Z',
  sequence: 1,
  clientMessageId: null,
  createdAt: '2026-11-22T08:00:00.000Z',
};

export class MessagePageDto extends PageDto {
  @ApiProperty({ type: [MessageDto] })
  data!: MessageDto[];
}

/** The path of the message, for `Location`. */
export function messagePath({ sessionId, id }: Message): string {
  return `/api/v1/sessions/${sessionId}/messages/${id}`;
}

export function toMessageDto(message: Message): MessageDto {
  return {
    id: String(message.id),
    sessionId: message.sessionId,
    role: message.role,
    content: message.content,
    timestamp: formatIsoTime(message.timestamp),
    sequence: message.sequence,
    clientMessageId: message.clientMessageId,
    createdAt: formatIsoTime(message.createdAt),
  };
}

export function toMessagePageDto({ items, next }: MessagePage): MessagePageDto {
  return {
    data: items.map(toMessageDto),
    nextCursor: next ? encodeCursor(cursorName, [next.timestamp, next.sequence]) : null,
  };
}
