import { ApiProperty } from '@nestjs/swagger';
import { formatIsoTime } from '../common/iso-time.js';
import { PageDto } from '../http/pagination.dto.js';
import { encodeSessionCursor } from './session-cursor.js';
import { titleSources } from './session.js';
import type { Session, SessionMetadata, SessionPage, SessionRange, TitleSource } from './session.js';

/** The session of the documentation's examples: `createSession` creates it, the other operations use it. */
export const exampleSessionId = 'essay-on-rivers';

export class SessionDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty({
    enum: titleSources,
    description: 'Who has chosen the title: nobody yet, a program that has read the chat, or the user.',
  })
  titleSource!: TitleSource;

  @ApiProperty({ description: 'At most one session of an owner is.' })
  isActive!: boolean;

  @ApiProperty()
  pinned!: boolean;

  @ApiProperty()
  archived!: boolean;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'What clients have noted.' })
  metadata!: SessionMetadata;

  @ApiProperty({ type: 'integer', minimum: 0 })
  messageCount!: number;

  @ApiProperty({ format: 'date-time', description: 'When it was made or last saved into.' })
  lastActivityAt!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', description: 'Also moves on renaming and clearing.' })
  modifiedAt!: string;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    description:
      'Counts changes: renaming, pinning, archiving, metadata, clearing, deleting, restoring; not saving and not switching.',
  })
  version!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    format: 'date-time',
    description: 'When it was deleted; null unless it is in the trash.',
  })
  deletedAt!: string | null;
}

/** The session in the examples of the documentation. */
export const sessionExample: SessionDto = {
  id: exampleSessionId,
  title: 'Essay on rivers',
  titleSource: 'user',
  isActive: true,
  pinned: false,
  archived: false,
  metadata: { course: 'geography' },
  messageCount: 0,
  lastActivityAt: '2026-11-22T08:00:00.000Z',
  createdAt: '2026-11-22T08:00:00.000Z',
  modifiedAt: '2026-11-22T08:00:00.000Z',
  version: 1,
  deletedAt: null,
};

export class SessionPageDto extends PageDto {
  @ApiProperty({ type: [SessionDto] })
  data!: SessionDto[];
}

export function toSessionDto(session: Session): SessionDto {
  return {
    id: session.id,
    title: session.title,
    titleSource: session.titleSource,
    isActive: session.isActive,
    pinned: session.pinned,
    archived: session.archived,
    metadata: session.metadata,
    messageCount: session.messageCount,
    lastActivityAt: formatIsoTime(session.lastActivityAt),
    createdAt: formatIsoTime(session.createdAt),
    modifiedAt: formatIsoTime(session.modifiedAt),
    version: session.version,
    deletedAt: session.deletedAt === null ? null : formatIsoTime(session.deletedAt),
  };
}

export function toSessionPageDto({ items, next }: SessionPage, { order }: SessionRange): SessionPageDto {
  return {
    data: items.map(toSessionDto),
    nextCursor: next ? encodeSessionCursor(order, next) : null,
  };
}
