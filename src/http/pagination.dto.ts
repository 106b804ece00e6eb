import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import { decodeCursor } from '../common/cursor.js';
import { MatchesRule, OptionalButNotNull } from './text-rule.js';

export const defaultPageSize = 50;
export const maxPageSize = 200;

/** An optional query parameter that is a whole number from `min` to `max`, without more digits than `max` has. */
export function IsWholeNumber(min: number, max: number): PropertyDecorator {
  const digits = new RegExp(`^\\d{1,${String(max).length}}$`);
  const options = { message: `must be a whole number from ${min} to ${max}` };
  return applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: min, maximum: max }),
    OptionalButNotNull(),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && digits.test(value) ? Number(value) : value,
    ),
    IsInt(options),
    Min(min, options),
    Max(max, options),
  );
}

/** An optional query parameter that is `true` or `false`. */
export function IsFlagInQuery(): PropertyDecorator {
  return applyDecorators(
    OptionalButNotNull(),
    Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value)),
    IsBoolean({ message: 'must be true or false' }),
  );
}

/** The query parameter `limit`, 1 to 200 items. */
export class PageQuery {
  @ApiPropertyOptional({
    default: defaultPageSize,
    description: 'Maximum number of items. A page of messages also ends when its contents exceed 8 MiB of JSON.',
  })
  @IsWholeNumber(1, maxPageSize)
  limit?: number;
}

/** The optional query parameter `after`: a cursor that `encodeCursor` created for one of these lists. */
export function IsCursorOf(...lists: string[]): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ description: 'The `nextCursor` of the previous page. Omit it to get the first page.' }),
    OptionalButNotNull(),
    MatchesRule((cursor) =>
      lists.some((list) => decodeCursor(list, cursor)) ? undefined : 'must be a nextCursor of this list',
    ),
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
