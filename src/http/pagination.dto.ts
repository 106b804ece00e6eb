import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { decodeCursor } from '../common/cursor.js';
import { MatchesRule, OptionalButNotNull } from './text-rule.js';

export const defaultPageSize = 50;
export const maxPageSize = 200;

const pageSizeMessage = { message: `must be a whole number from 1 to ${maxPageSize}` };

/** The size of a page, 1 to 200. */
export class PageQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: maxPageSize,
    default: defaultPageSize,
    description: 'At most so many items. A page of messages also ends when its contents pass 8 MiB.',
  })
  @OptionalButNotNull()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value,
  )
  @IsInt(pageSizeMessage)
  @Min(1, pageSizeMessage)
  @Max(maxPageSize, pageSizeMessage)
  limit?: number;
}

/** The `after` of a list: a cursor that this list has given out. */
export function IsCursorOf(list: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ description: 'The `nextCursor` of the page before; the first page without it.' }),
    OptionalButNotNull(),
    MatchesRule((cursor) => (decodeCursor(list, cursor) ? undefined : 'must be a nextCursor of this list')),
  );
}

export class PageDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Asks for the next page as `after`; null when there is none.',
  })
  nextCursor!: string | null;
}
