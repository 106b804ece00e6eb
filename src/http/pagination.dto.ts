import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { decodeCursor } from '../common/cursor.js';
import { MatchesRule, OptionalButNotNull } from './text-rule.js';

export const defaultPageSize = 50;
export const maxPageSize = 200;

const pageSizeMessage = { message: `must be a whole number from 1 to ${maxPageSize}` };

/** The query parameter `limit`, 1 to 200 items. */
export class PageQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: maxPageSize,
    default: defaultPageSize,
    description: 'Maximum number of items. A page of messages also ends when its contents exceed 8 MiB.',
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

/** The optional query parameter `after`: a cursor that `encodeCursor` created for this list. */
export function IsCursorOf(list: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ description: 'The `nextCursor` of the previous page. Omit it to get the first page.' }),
    OptionalButNotNull(),
    MatchesRule((cursor) => (decodeCursor(list, cursor) ? undefined : 'must be a nextCursor of this list')),
  );
}

export class PageDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Send it as `after` to get the next page; null on the last page.',
  })
  nextCursor!: string | null;
}
