import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, Validate, ValidateIf } from 'class-validator';
import { decodeCursor, encodeCursor } from '../common/cursor.js';
import { formatIsoTime, parseIsoTime } from '../common/iso-time.js';
import { JsonText } from '../common/json-text.js';
import { IsCursorOf, IsWholeNumber, PageDto, PageQuery } from '../http/pagination.dto.js';
import { IsCompatible, MatchesRule, OptionalButNotNull } from '../http/text-rule.js';
import { exampleSessionId } from '../sessions/session.dto.js';
import { sessionIdProblem } from '../sessions/session-rules.js';
import { clientMessageIdOf, readIdempotencyKey } from './idempotency-key.js';
import { ContentConstraint, TimestampConstraint } from './message-constraints.js';
import { MessageJsonDto, metadataSchema, payloadSchema } from './message-json.dto.js';
import { textOfPayload } from './message-payload.js';
import { clientMessageIdProblem, roles, statuses, type MessageStatus, type Role } from './message-rules.js';
import type { Message, MessageOrder, MessagePage, MessageRange, NewMessage, SaveResult } from './message.js';

/** The name of the cursors of each order of a list. */
const cursorNames = { timestamp: 'messages', sequence: 'sequences' } as const;
const maxSequence = 999_999_999_999_999;
const orders = ['asc', 'desc'] as const;

export class SaveMessageDto extends MessageJsonDto {
  @ApiProperty({ enum: roles })
  @IsIn(roles, { message: `must be one of ${roles.join(', ')}` })
  role!: Role;

  @ApiPropertyOptional({
    description:
      'Up to 1 MiB of UTF-8 (configurable), any Unicode but U+0000; given back as it was sent. May be left out with a ' +
      '`payload`, whose text it is then, and empty with one or while the message is `in_progress`.',
  })
  @ValidateIf(({ content, payload }: SaveMessageDto) => content !== undefined || payload === undefined)
  @Validate(ContentConstraint)
  content?: string;

  @ApiPropertyOptional({
    enum: statuses,
    description:
      'When left out: `complete`. `in_progress` begins a message that is written in chunks: the answer has a `lease` ' +
      'for `PATCH /api/v1/sessions/{sessionId}/messages/{messageId}`.',
  })
  @OptionalButNotNull()
  @IsIn(statuses, { message: `must be one of ${statuses.join(', ')}` })
  status?: MessageStatus;

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
  static message(dto: SaveMessageDto, key?: string[]): NewMessage {
    const { role, content, timestamp, clientMessageId, status, format, payload, metadata } = dto;
    return {
      role,
      content: content ?? (format !== undefined && payload ? textOfPayload(format, payload) : ''),
      status,
      format,
      payload: payload?.text,
      metadata: metadata?.text,
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

  @ApiProperty({
    enum: statuses,
    description:
      '`in_progress` while it is written in chunks; `incomplete` when it was stopped, or nobody has written for a minute ' +
      '(configurable).',
  })
  status!: MessageStatus;

  @ApiProperty({ type: String, nullable: true, description: 'The name of the format of `payload`.' })
  format!: string | null;

  @ApiProperty({ ...payloadSchema, nullable: true, description: 'The JSON text as it was sent.' })
  payload!: JsonText | null;

  @ApiProperty({ ...metadataSchema, nullable: true, description: 'The JSON text as it was sent.' })
  metadata!: JsonText | null;
}

export class SavedMessageDto extends MessageDto {
  @ApiPropertyOptional({
    description: 'Only for a message that is `in_progress`: what the client sends with each chunk.',
  })
  lease?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'Only for a message that is `in_progress`: where the next chunk begins, in bytes of UTF-8.',
  })
  contentBytes?: number;
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
  status: 'complete',
  format: null,
  payload: null,
  metadata: null,
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
    status: message.status,
    format: message.format,
    payload: message.payload === null ? null : new JsonText(message.payload),
    metadata: message.metadata === null ? null : new JsonText(message.metadata),
  };
}

export function toSavedMessageDto({ message, stream }: SaveResult): SavedMessageDto {
  return Object.assign(toMessageDto(message), stream);
}

export function toMessagePageDto({ items, next, lastSequence }: MessagePage, { by }: MessageRange): MessagePageDto {
  return {
    data: items.map(toMessageDto),
    nextCursor: next ? encodeCursor(cursorNames[by], [next.timestamp, next.sequence]) : null,
    lastSequence,
  };
}
