import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, Validate } from 'class-validator';
import { decodeCursor, encodeCursor } from '../common/cursor.js';
import { formatIsoTime, parseIsoTime } from '../common/iso-time.js';
import { IsCursorOf, IsWholeNumber, PageDto, PageQuery } from '../http/pagination.dto.js';
import { IsCompatible, MatchesRule, OptionalButNotNull } from '../http/text-rule.js';
import { exampleSessionId } from '../sessions/session.dto.js';
import { sessionIdProblem } from '../sessions/session-rules.js';
import { clientMessageIdOf, readIdempotencyKey } from './idempotency-key.js';
import { ContentConstraint, TimestampConstraint } from './message-constraints.js';
import { clientMessageIdProblem, roles, type Role } from './message-rules.js';
import type { Message, MessageOrder, MessagePage, MessageRange, NewMessage } from './message.js';

/** The name of the cursors of each order of a list. */
const cursorNames = { timestamp: 'messages', sequence: 'sequences' } as const;
const maxSequence = 999_999_999_999_999;
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
      'When it was written: ISO 8601 with zone, from 1970 to five minutes ahead of the server. When left out: the time ' +
      'of saving, or the newest timestamp of the session if that is later.',
  })
  @OptionalButNotNull()
  @Validate(TimestampConstraint)
  timestamp?: string;

  @ApiPropertyOptional({
    pattern: '^[\\x21-\\x7e]{1,255}$',
    description:
      "The client's name for the message, unique among all its messages. A request with one may be repeated and is saved once.",
  })
  @OptionalButNotNull()
  @MatchesRule(clientMessageIdProblem)
  clientMessageId?: string;

  /** @param key the header's values; must mean the same as `clientMessageId` @throws ValidationFailedError */
  static message({ role, content, timestamp, clientMessageId }: SaveMessageDto, key?: string[]): NewMessage {
    return {
      role,
      content,
      timestamp: timestamp === undefined ? undefined : parseIsoTime(timestamp),
      clientMessageId: clientMessageIdOf(readIdempotencyKey(key), clientMessageId),
    };
  }
}

export class SaveToActiveDto extends SaveMessageDto {
  @ApiPropertyOptional({
    pattern: '^[A-Za-z0-9_-]{1,50}$',
    description: 'The session to which the message belongs. It is saved only if that is the active one.',
  })
  @OptionalButNotNull()
  @MatchesRule(sessionIdProblem)
  sessionId?: string;
}

export class MessagesQuery extends PageQuery {
  // No `default`: Swagger UI would send it, also together with `afterSequence`.
  @ApiPropertyOptional({ enum: orders, description: 'Oldest first (`asc`, the default), or newest first.' })
  @OptionalButNotNull()
  @IsIn(orders, { message: `must be one of ${orders.join(', ')}` })
  @IsCompatible(({ after, afterSequence }) =>
    afterSequence !== undefined || cursorOf('sequence', after)
      ? 'must not come together with afterSequence or a nextCursor of its pages'
      : undefined,
  )
  order?: MessageOrder;

  @IsCursorOf(...Object.values(cursorNames))
  @IsCompatible(({ afterSequence }) =>
    afterSequence === undefined ? undefined : 'must not come together with afterSequence',
  )
  after?: string;

  @ApiPropertyOptional({
    description:
      'Only messages with a greater `sequence`, in the order of saving. Send the `lastSequence` of an earlier page to ' +
      'get what was saved since. Not together with `after` or `order`: get the next page with its `nextCursor` alone.',
  })
  @IsWholeNumber(0, maxSequence)
  afterSequence?: number;

  static range({ order = 'asc', after, afterSequence }: MessagesQuery): MessageRange {
    if (afterSequence !== undefined) return { by: 'sequence', after: afterSequence };
    const sequence = cursorOf('sequence', after);
    if (sequence) return { by: 'sequence', after: sequence[1] };
    const position = cursorOf('timestamp', after);
    return { by: 'timestamp', order, after: position && { timestamp: position[0], sequence: position[1] } };
  }
}

function cursorOf(by: MessageRange['by'], after: unknown): [timestamp: number, sequence: number] | undefined {
  return typeof after === 'string' ? decodeCursor(cursorNames[by], after) : undefined;
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

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description:
      'Send it as `afterSequence` to get what was saved after this page was read, or what follows this page of ' +
      '`afterSequence`. To load a chat and then poll, take it from the first page. A session that is deleted and ' +
      'created again with the same id counts from 1 again: load it anew when its `createdAt` has changed.',
  })
  lastSequence!: number;
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

export function toMessagePageDto({ items, next, lastSequence }: MessagePage, { by }: MessageRange): MessagePageDto {
  return {
    data: items.map(toMessageDto),
    nextCursor: next ? encodeCursor(cursorNames[by], [next.timestamp, next.sequence]) : null,
    lastSequence,
  };
}
