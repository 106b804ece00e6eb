import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Validate, ValidateIf } from 'class-validator';
import { rootParent } from '../branches/branch-rules.js';
import { ContentConstraint } from './message-constraints.js';
import { MessageJsonDto } from './message-json.dto.js';
import { MessageDto, contentOf, messageExample, toMessageDto } from './message.dto.js';
import type { BranchedMessage, Revision } from './message.js';

export class ReviseMessageDto extends MessageJsonDto {
  @ApiPropertyOptional({
    description: 'The text of the new version; as long as that of a message. May be left out with a `payload`.',
  })
  @ValidateIf(({ content, payload }: ReviseMessageDto) => content !== undefined || payload === undefined)
  @Validate(ContentConstraint)
  content?: string;

  static revision(dto: ReviseMessageDto): Revision {
    const { format, payload, metadata } = dto;
    return { content: contentOf(dto), format, payload: payload?.text, metadata: metadata?.text };
  }
}

/** A message with its place in the tree of its session. */
export class BranchedMessageDto extends MessageDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The `id` of the message that it follows; null for the beginning of the session.',
  })
  parentId!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The `id` of the message of which it is another version.',
  })
  revisionOf!: string | null;
}

export const branchedMessageExample: BranchedMessageDto = Object.assign(
  { parentId: null, revisionOf: null },
  messageExample,
);

export function toBranchedMessageDto(message: BranchedMessage): BranchedMessageDto {
  const { parentId, revisionOf } = message;
  return Object.assign(toMessageDto(message), {
    parentId: parentId === rootParent ? null : String(parentId),
    revisionOf: revisionOf === null ? null : String(revisionOf),
  });
}
