import { Controller, Delete, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { readIfMatch, setVersion, versionHeaders } from '../http/entity-version.js';
import { ApiIfMatch, IfMatch } from '../http/if-match.decorator.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import type { Owner } from '../owners/owner.js';
import { ApiSessionId } from './api-session-id.decorator.js';
import { DeletionQuery } from './deletion-query.dto.js';
import { SessionTrashService } from './session-trash.service.js';
import { SessionDto, sessionExample, toSessionDto } from './session.dto.js';

const oneSession = { type: SessionDto, example: sessionExample, headers: versionHeaders };

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/v1/sessions/:sessionId')
export class SessionTrashController {
  constructor(private readonly trash: SessionTrashService) {}

  @Delete()
  @HttpCode(204)
  @ApiSessionId()
  @ApiIfMatch()
  @ApiOperation({
    operationId: 'deleteSession',
    summary: 'Delete a session',
    description:
      'Puts it into the trash with all its messages. When it was the active one, none is. With `permanently` it is ' +
      'purged, also when it is in the trash already.',
  })
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblems(problemsFor.writing, 'session_not_found', 'version_conflict', 'validation_failed')
  delete(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Query() { permanently }: DeletionQuery,
    @IfMatch() ifMatch: string[] | undefined,
  ): Promise<void> {
    return this.trash.delete(owner, sessionId, { permanently, expected: readIfMatch(ifMatch) });
  }

  @Post('restore')
  @HttpCode(200)
  @ApiSessionId()
  @ApiOperation({
    operationId: 'restoreSession',
    summary: 'Restore a session',
    description:
      'Takes it out of the trash as it was, but it is not the active one. One that is not in the trash stays as it is.',
  })
  @ApiOkResponse({ ...oneSession, description: 'The session.' })
  @ApiProblems(problemsFor.writing, 'session_not_found', 'quota_exceeded')
  async restore(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    return setVersion(reply, toSessionDto(await this.trash.restore(owner, sessionId)));
  }
}
