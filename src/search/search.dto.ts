import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { decodeCursor, encodeCursor } from '../common/cursor.js';
import { formatIsoTime } from '../common/iso-time.js';
import { IsCursorOf, IsWholeNumber, PageDto } from '../http/pagination.dto.js';
import { MatchesRule } from '../http/text-rule.js';
import { roles, type Role } from '../messages/message-rules.js';
import { exampleSessionId } from '../sessions/session.dto.js';
import { maxQueryCharacters, maxTerms, queryProblem } from './search-query.js';
import type { SearchHit, SearchPage, SearchPosition } from './search.js';

const cursorName = 'search';
export const defaultHits = 20;
const maxHits = 50;

export class SearchQuery {
  @ApiProperty({
    minLength: 1,
    maxLength: maxQueryCharacters,
    example: 'nile',
    description:
      `Up to ${maxTerms} words, all of which must occur, in any order, and phrases in quotation marks. A word is found ` +
      'from its beginning, in scripts without blanks between words anywhere. Case and accents do not matter: `grosse` ' +
      'finds `Größe`.',
  })
  @MatchesRule(queryProblem)
  q!: string;

  @ApiPropertyOptional({ default: defaultHits, description: 'Maximum number of hits.' })
  @IsWholeNumber(1, maxHits)
  limit?: number;

  @IsCursorOf(cursorName)
  after?: string;

  static position({ after }: SearchQuery): SearchPosition | undefined {
    const cursor = after === undefined ? undefined : decodeCursor(cursorName, after);
    return cursor && { time: cursor[0], rank: cursor[1] };
  }
}

export class SnippetMatchDto {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'The first UTF-16 unit in the text.' })
  start!: number;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'The UTF-16 unit after the last.' })
  end!: number;
}

export class SnippetDto {
  @ApiProperty({ description: 'A part of the content or the title, as it was written: plain text, no HTML.' })
  text!: string;

  @ApiProperty({ type: [SnippetMatchDto], description: 'Where it matches.' })
  matches!: SnippetMatchDto[];
}

export class SearchHitDto {
  @ApiProperty()
  sessionId!: string;

  @ApiProperty()
  sessionTitle!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Null for the title of a session.' })
  messageId!: string | null;

  @ApiProperty({ enum: roles, nullable: true, description: 'Null for a title.' })
  role!: Role | null;

  @ApiProperty({ type: 'integer', nullable: true, minimum: 1, description: "The message's; null for a title." })
  sequence!: number | null;

  @ApiProperty({ format: 'date-time', description: "The message's; of a title the session's time of creation." })
  timestamp!: string;

  @ApiProperty({ type: SnippetDto })
  snippet!: SnippetDto;
}

export class SearchPageDto extends PageDto {
  @ApiProperty({ type: [SearchHitDto] })
  data!: SearchHitDto[];
}

/** What the example of `q` finds after those of creating a session and saving a message. */
export const searchPageExample: SearchPageDto = {
  data: [
    {
      sessionId: exampleSessionId,
      sessionTitle: 'Essay on rivers',
      messageId: '1',
      role: 'user',
      sequence: 1,
      timestamp: '2026-11-22T08:00:00.000Z',
      snippet: { text: 'How long is the Nile?', matches: [{ start: 16, end: 20 }] },
    },
  ],
  nextCursor: null,
};

export function toSearchPageDto({ items, next }: SearchPage): SearchPageDto {
  return {
    data: items.map(toHitDto),
    nextCursor: next ? encodeCursor(cursorName, [next.time, next.rank]) : null,
  };
}

function toHitDto({ sessionId, sessionTitle, messageId, role, sequence, timestamp, snippet }: SearchHit): SearchHitDto {
  return {
    ...{ sessionId, sessionTitle, messageId: messageId === null ? null : String(messageId), role, sequence },
    timestamp: formatIsoTime(timestamp),
    snippet,
  };
}
