import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import type { Owner } from '../owners/owner.js';
import { BulkDto, BulkResultsDto, bulkExample, bulkResultsExample, toBulkResultsDto } from './session-bulk.dto.js';
import { SessionBulkService } from './session-bulk.service.js';

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/v1/sessions/bulk')
export class SessionBulkController {
  constructor(private readonly bulk: SessionBulkService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'changeSessions',
    summary: 'Archive, pin, read or delete many sessions',
    description:
      'Does one operation to up to 100 sessions, one after the other, each of them whole. It may be repeated: what is done ' +
      'already stays so, and a session that was deleted is not found.',
  })
  @ApiBody({ type: BulkDto, examples: { 'archive two': { value: bulkExample } } })
  @ApiOkResponse({ type: BulkResultsDto, example: bulkResultsExample, description: 'What became of each.' })
  @ApiProblems(problemsFor.writing, problemsFor.body)
  async run(@CurrentOwner() owner: Owner, @Body() body: BulkDto): Promise<BulkResultsDto> {
    return toBulkResultsDto(body.operation, await this.bulk.run(owner, body.operation, BulkDto.ids(body)));
  }
}
