import { Controller, Get, Req } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../auth/public.decorator.js';
import { version } from '../common/version.js';
import { isDirectCaller, isVerbose } from '../http/direct-caller.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import { LivenessDto, ReadinessDto } from './health.dto.js';
import { HealthService } from './health.service.js';

/** Probes call these paths by the address of a container, so they answer whatever `Host` says. */
export const probePaths = ['/livez', '/readyz'];

@ApiTags('health')
@Public()
@Controller()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('livez')
  @ApiOperation({
    operationId: 'getLiveness',
    summary: 'Is the process alive?',
    description: 'Answers 200 as soon as the server listens, even while the database cannot be reached.',
  })
  @ApiOkResponse({ type: LivenessDto, example: { status: 'ok' }, description: 'The process is alive.' })
  @ApiProblems(problemsFor.open)
  live(): LivenessDto {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Can it serve requests now?',
    description:
      'Answers 200 if the database responds within a second, all migrations were run and the server is not stopping. ' +
      'Otherwise `missing` says what is missing. With `?verbose` a caller on the same machine, without a proxy, also gets ' +
      'the list of checks, as everyone does on HEALTH_PORT.',
  })
  @ApiOkResponse({
    type: ReadinessDto,
    example: { status: 'ok', version },
    description: 'The server can serve requests.',
  })
  @ApiProblems(problemsFor.open, 'not_ready')
  ready(@Req() request: FastifyRequest): Promise<ReadinessDto> {
    return this.health.readiness(isVerbose(request.url) && isDirectCaller(request));
  }
}
