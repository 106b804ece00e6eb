import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PageDto } from '../http/pagination.dto.js';
import { MessageDto, toMessageDto } from './message.dto.js';
import { toBranchedMessageDto } from './branched-message.dto.js';
import { encodeMessageCursor } from './messages-query.dto.js';
import type { MessagePage, MessageRange, TreePage } from './message.js';

/** A message of a list. */
export class ListedMessageDto extends MessageDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Only with `tree`: the `id` of the message that it follows.',
  })
  parentId?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Only with `tree`: the `id` of the message of which it is another version.',
  })
  revisionOf?: string | null;

  @ApiPropertyOptional({ description: 'Only with `tree`: whether it is on the current branch.' })
  onCurrentBranch?: boolean;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description: 'Only with `tree`: how many messages follow the same message, this one included.',
  })
  siblingCount?: number;
}

export class MessagePageDto extends PageDto {
  @ApiProperty({ type: [ListedMessageDto] })
  data!: ListedMessageDto[];

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description:
      'Send it as `afterSequence` to get what was saved after this page was read, or what follows this page of ' +
      '`afterSequence`. To load a chat and then poll, take it from the first page. A session that is deleted and ' +
      'created again with the same id may count from 1 again: load it anew when its `createdAt` has changed.',
  })
  lastSequence!: number;
}

export function toMessagePageDto({ items, next, lastSequence }: MessagePage, { by }: MessageRange): MessagePageDto {
  return { data: items.map(toMessageDto), nextCursor: encodeMessageCursor(by, next), lastSequence };
}

export function toTreePageDto({ items, next, lastSequence }: TreePage): MessagePageDto {
  const data = items.map((message) => {
    const { onBranch, siblingCount } = message;
    return Object.assign(toBranchedMessageDto(message), { onCurrentBranch: onBranch, siblingCount });
  });
  return { data, nextCursor: encodeMessageCursor('sequence', next), lastSequence };
}
