import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { messageIdProblem } from '../branches/branch-rules.js';
import { decodeCursor, encodeCursor } from '../common/cursor.js';
import { IsCursorOf, IsFlagInQuery, IsWholeNumber, PageQuery } from '../http/pagination.dto.js';
import { IsCompatible, MatchesRule, OptionalButNotNull } from '../http/text-rule.js';
import type { MessageOrder, MessagePosition, MessageRange } from './message.js';

/** The name of the cursors of each order of a list. */
const cursorNames = { timestamp: 'messages', sequence: 'sequences' } as const;
const maxSequence = 999_999_999_999_999;
const orders = ['asc', 'desc'] as const;

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

  @ApiPropertyOptional({
    description: 'The `id` of a message: the list has the branch that ends with it, in place of the current branch.',
  })
  @OptionalButNotNull()
  @MatchesRule(messageIdProblem)
  head?: string;

  @ApiPropertyOptional({
    description:
      'With `true`: the messages of all branches in the order of saving, each with its place. Not together with `head` ' +
      'or `order`.',
  })
  @IsFlagInQuery()
  @IsCompatible(({ tree, head, order, after }) =>
    tree === true && (head !== undefined || order !== undefined || cursorOf('timestamp', after))
      ? 'must not come together with head, order or a nextCursor of another list'
      : undefined,
  )
  tree?: boolean;

  static range({ order = 'asc', after, afterSequence, tree }: MessagesQuery): MessageRange {
    if (afterSequence !== undefined) return { by: 'sequence', after: afterSequence };
    const sequence = cursorOf('sequence', after);
    if (sequence) return { by: 'sequence', after: sequence[1] };
    if (tree) return { by: 'sequence', after: 0 };
    const position = cursorOf('timestamp', after);
    return { by: 'timestamp', order, after: position && { timestamp: position[0], sequence: position[1] } };
  }
}

function cursorOf(by: MessageRange['by'], after: unknown): [timestamp: number, sequence: number] | undefined {
  return typeof after === 'string' ? decodeCursor(cursorNames[by], after) : undefined;
}

/** @returns null on the last page */
export function encodeMessageCursor(by: MessageRange['by'], next: MessagePosition | undefined): string | null {
  return next ? encodeCursor(cursorNames[by], [next.timestamp, next.sequence]) : null;
}
