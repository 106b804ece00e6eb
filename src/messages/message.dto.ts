import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, Validate, ValidateIf } from 'class-validator';
import { messageIdProblem } from '../branches/branch-rules.js';
import { formatIsoTime, parseIsoTime } from '../common/iso-time.js';
import { JsonText } from '../common/json-text.js';
import { MatchesRule, OptionalButNotNull } from '../http/text-rule.js';
import { exampleSessionId } from '../sessions/session.dto.js';
import { sessionIdProblem } from '../sessions/session-rules.js';
import { clientMessageIdOf, readIdempotencyKey } from './idempotency-key.js';
import { ContentConstraint, TimestampConstraint } from './message-constraints.js';
import { MessageJsonDto, metadataSchema, payloadSchema } from './message-json.dto.js';
import { textOfPayload } from './message-payload.js';
import { clientMessageIdProblem, roles, statuses, type MessageStatus, type Role } from './message-rules.js';
import type { Message, NewMessage, SaveResult } from './message.js';

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

  @ApiPropertyOptional({
    description:
      'The `id` of the message that it follows: to answer the same message once more, or to go on from an earlier one. ' +
      'When left out: the end of the current branch. The current branch ends with the new message afterwards.',
  })
  @OptionalButNotNull()
  @MatchesRule(messageIdProblem)
  parentId?: string;

  /** @param key the header's values; must mean the same as `clientMessageId` @throws ValidationFailedError */
  static message(dto: SaveMessageDto, key?: string[]): NewMessage {
    const { role, timestamp, clientMessageId, status, format, payload, metadata, parentId } = dto;
    return {
      role,
      content: contentOf(dto),
      status,
      format,
      payload: payload?.text,
      metadata: metadata?.text,
      timestamp: timestamp === undefined ? undefined : parseIsoTime(timestamp),
      clientMessageId: clientMessageIdOf(readIdempotencyKey(key), clientMessageId),
      parentId: parentId === undefined ? undefined : Number(parentId),
    };
  }
}

/** The content of a request: without one, the text of its payload. */
export function contentOf({
  content,
  format,
  payload,
}: Pick<SaveMessageDto, 'content' | 'format' | 'payload'>): string {
  return content ?? (format !== undefined && payload ? textOfPayload(format, payload) : '');
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
    description:
      'Only for a message that is `in_progress`, unless another client writes it: what the client sends with each chunk.',
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
