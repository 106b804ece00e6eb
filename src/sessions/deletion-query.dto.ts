import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsFlagInQuery } from '../http/pagination.dto.js';

export class DeletionQuery {
  @ApiPropertyOptional({
    type: Boolean,
    description: 'Whether it is purged instead of being put into the trash; false by default.',
  })
  @IsFlagInQuery()
  permanently?: boolean;
}
