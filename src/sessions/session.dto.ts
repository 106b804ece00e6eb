import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { decodeCursor, encodeCursor } from '../common/cursor.js';
import { formatIsoTime } from '../common/iso-time.js';
import { IsCursorOf, PageDto, PageQuery } from '../http/pagination.dto.js';
import { MatchesRule, OptionalButNotNull } from '../http/text-rule.js';
import { defaultTitle, sessionIdProblem, maxTitleCharacters, titleProblem } from './session-rules.js';
import type { Session, SessionPage, SessionPosition } from './session.js';

const cursorName = 'sessions';
/** The session of the documentation's examples: `createSession` creates it, the other operations use it. */
export const exampleSessionId = 'essay-on-rivers';
const titleSchema = {
  minLength: 1,
  maxLength: maxTitleCharacters,
  description: 'Plain text without control characters.',
};

export class CreateSessionDto {
  // No `default` in a request: generators of clients would make the field required.
  @ApiPropertyOptional({ ...titleSchema, description: `${titleSchema.description} When left out: ${defaultTitle}.` })
  @OptionalButNotNull()
  @MatchesRule(titleProblem)
  title?: string;

  @ApiPropertyOptional({
    pattern: '^[A-Za-z0-9_-]{1,50}$',
    description:
      'The session to make, when the client chooses its id; made by the server otherwise. A call that names it may be repeated. `active` is reserved.',
  })
  @OptionalButNotNull()
  @MatchesRule(sessionIdProblem)
  id?: string;

  @ApiPropertyOptional({ description: 'Whether it becomes the active session. When left out: true.' })
  @OptionalButNotNull()
  @IsBoolean({ message: 'must be true or false' })
  activate?: boolean;
}

export class RenameSessionDto {
  @ApiProperty(titleSchema)
  @MatchesRule(titleProblem)
  title!: string;
}

export class SessionsQuery extends PageQuery {
  @IsCursorOf(cursorName)
  after?: string;

  static position({ after }: SessionsQuery): SessionPosition | undefined {
    const cursor = after === undefined ? undefined : decodeCursor(cursorName, after);
    return cursor && { lastActivityAt: cursor[0], rowId: cursor[1] };
  }
}

export class SessionDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty({ description: 'At most one session of an owner is.' })
  isActive!: boolean;

  @ApiProperty({ type: 'integer', minimum: 0 })
  messageCount!: number;

  @ApiProperty({ format: 'date-time', description: 'When it was made or last saved into.' })
  lastActivityAt!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', description: 'Also moves on renaming and clearing.' })
  modifiedAt!: string;
}

/** The session in the examples of the documentation. */
export const sessionExample: SessionDto = {
  id: exampleSessionId,
  title: 'Essay on rivers',
  isActive: true,
  messageCount: 0,
  lastActivityAt: '2026-11-22T08:00:00.000Z',
  createdAt: '2026-11-22T08:00:00.000Z',
  modifiedAt: '2026-11-22T08:00:00.000Z',
};

export class SessionPageDto extends PageDto {
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
