import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Public } from '../auth/public.decorator.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import { HealthDto } from './health.dto.js';
import { HealthService } from './health.service.js';

@ApiTags('health')
// Nothing is needed: an empty requirement says so.
@ApiSecurity({})
@Public()
@Controller()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('livez')
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Is the process alive?',
    description: 'Answers as soon as the server listens, whether the database is there or not.',
  })
  @ApiOkResponse({ type: HealthDto, example: { status: 'ok' }, description: 'It is.' })
  @ApiProblems(problemsFor.open)
  live(): HealthDto {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Can it serve requests now?',
    description:
      'It can when the database answers within a second, migrations are done and the server is not stopping.',
  })
  @ApiOkResponse({ type: HealthDto, example: { status: 'ok' }, description: 'It can.' })
  @ApiProblems(problemsFor.open, 'not_ready')
  async ready(): Promise<HealthDto> {
    await this.health.assertReady();
    return { status: 'ok' };
  }
}
