import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsFlagInQuery } from '../http/pagination.dto.js';

export class MessageDeletionQuery {
  @ApiPropertyOptional({
    type: Boolean,
    description: 'Whether the messages that follow from it go with it; false by default.',
  })
  @IsFlagInQuery()
  replies?: boolean;

  @ApiPropertyOptional({
    type: Boolean,
    description: 'Whether it is purged instead of being put into the trash; false by default.',
  })
  @IsFlagInQuery()
  permanently?: boolean;
}
