import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { decodeCursor, encodeCursor } from '../common/cursor.js';
import { formatIsoTime } from '../common/iso-time.js';
import { CursorOf, NextCursor, PageQuery } from '../common/page.dto.js';
import { IsText, MayBeMissing } from '../common/text-rule.decorator.js';
import { defaultTitle, sessionIdProblem, titleMaxCharacters, titleProblem } from './session.rules.js';
import type { Session, SessionPage, SessionPosition } from './session.js';

const cursorName = 'sessions';
const exampleId = 'chat_2_1_1795305600_4k2m9x0qa7zt';
const exampleTime = '2026-11-22T08:00:00.000Z';
const title = { minLength: 1, maxLength: titleMaxCharacters, example: 'Essay on rivers' };

export class CreateSessionDto {
  @ApiPropertyOptional({
    ...title,
    default: defaultTitle,
    description: 'Plain text without control characters.',
  })
  @MayBeMissing()
  @IsText(titleProblem)
  title?: string;

  @ApiPropertyOptional({
    pattern: '^[A-Za-z0-9_-]{1,50}$',
    description:
      'The session to make, when the client chooses its id; made by the server otherwise. A call that names it may be repeated. `active` is reserved.',
  })
  @MayBeMissing()
  @IsText(sessionIdProblem)
  id?: string;

  @ApiPropertyOptional({ default: true, description: 'Whether it becomes the active session.' })
  @MayBeMissing()
  @IsBoolean({ message: 'must be true or false' })
  activate?: boolean;
}

export class RenameSessionDto {
  @ApiProperty({ ...title, description: 'Plain text without control characters.' })
  @IsText(titleProblem)
  title!: string;
}

export class SessionsQuery extends PageQuery {
  @CursorOf(cursorName)
  after?: string;

  static position({ after }: SessionsQuery): SessionPosition | undefined {
    const cursor = after === undefined ? undefined : decodeCursor(cursorName, after);
    return cursor && { lastActivityAt: cursor[0], rowId: cursor[1] };
  }
}

export class SessionDto {
  @ApiProperty({ example: exampleId })
  id!: string;

  @ApiProperty({ example: title.example })
  title!: string;

  @ApiProperty({ description: 'At most one session of an owner is.', example: true })
  isActive!: boolean;

  @ApiProperty({ type: 'integer', minimum: 0, example: 0 })
  messageCount!: number;

  @ApiProperty({ format: 'date-time', example: exampleTime, description: 'When it was made or last saved into.' })
  lastActivityAt!: string;

  @ApiProperty({ format: 'date-time', example: exampleTime })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', example: exampleTime, description: 'Also moves on renaming and clearing.' })
  modifiedAt!: string;
}

export class SessionPageDto extends NextCursor {
  @ApiProperty({ type: [SessionDto] })
  data!: SessionDto[];
}

export function toSessionDto(session: Session): SessionDto {
  return {
    id: session.id,
    title: session.title,
    isActive: session.isActive,
    messageCount: session.messageCount,
    lastActivityAt: formatIsoTime(session.lastActivityAt),
    createdAt: formatIsoTime(session.createdAt),
    modifiedAt: formatIsoTime(session.modifiedAt),
  };
}

export function toSessionPageDto({ items, next }: SessionPage): SessionPageDto {
  return {
    data: items.map(toSessionDto),
    nextCursor: next ? encodeCursor(cursorName, [next.lastActivityAt, next.rowId]) : null,
  };
}
