import { ApiProperty } from '@nestjs/swagger';
import { formatIsoTime } from '../common/iso-time.js';
import { PageDto } from '../http/pagination.dto.js';
import { maxPreviewCharacters, previewRoles, type PreviewRole, type Preview } from '../common/preview.js';
import { encodeSessionCursor } from './session-cursor.js';
import { titleSources } from './session.js';
import type { Session, SessionMetadata, SessionPage, SessionRange, TitleSource } from './session.js';

/** The session of the documentation's examples: `createSession` creates it, the other operations use it. */
export const exampleSessionId = 'essay-on-rivers';

export class SessionPreviewDto {
  @ApiProperty({
    maxLength: maxPreviewCharacters,
    description: 'Its first characters, on one line. Empty for a message of nothing but blanks.',
  })
  text!: string;

  @ApiProperty({ enum: previewRoles })
  role!: PreviewRole;

  @ApiProperty({ format: 'date-time' })
  timestamp!: string;
}

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
      'Counts changes: renaming, pinning, archiving, metadata, clearing, deleting, restoring, and another current branch; ' +
      'not saving that continues the branch, and not switching.',
  })
  version!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    format: 'date-time',
    description: 'When it was deleted; null unless it is in the trash.',
  })
  deletedAt!: string | null;

  @ApiProperty({
    type: SessionPreviewDto,
    nullable: true,
    description: 'Of the newest message with a text, other than those of `tool` and `developer`; null without one.',
  })
  preview!: SessionPreviewDto | null;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'The messages after `lastReadSequence`.' })
  unreadCount!: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'The messages up to this `sequence` are read. It never goes back.',
  })
  lastReadSequence!: number;
}

/** The session in the examples of the documentation, as it is created. */
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
  preview: null,
  unreadCount: 0,
  lastReadSequence: 0,
};

/** The same after the first message. */
export const usedSessionExample: SessionDto = Object.assign({}, sessionExample, {
  messageCount: 1,
  lastActivityAt: '2026-11-22T08:00:01.000Z',
  modifiedAt: '2026-11-22T08:00:01.000Z',
  preview: { text: 'How long is the Nile?', role: 'user', timestamp: '2026-11-22T08:00:01.000Z' },
  lastReadSequence: 1,
} satisfies Partial<SessionDto>);

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
    preview: session.preview && toPreviewDto(session.preview),
    unreadCount: session.unreadCount,
    lastReadSequence: session.lastReadSequence,
  };
}

function toPreviewDto({ text, role, timestamp }: Preview): SessionPreviewDto {
  return { text, role, timestamp: formatIsoTime(timestamp) };
}

export function toSessionPageDto({ items, next }: SessionPage, { order }: SessionRange): SessionPageDto {
  return {
    data: items.map(toSessionDto),
    nextCursor: next ? encodeSessionCursor(order, next) : null,
  };
}
