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

@ApiTags('messages')
@ApiBearerAuth()
@Controller('api/v1/sessions/:sessionId/messages')
export class MessagesTrashController {
  constructor(private readonly trash: SessionTrashService) {}

  @Delete()
  @HttpCode(204)
  @ApiSessionId()
  @ApiIfMatch()
  @ApiOperation({
    operationId: 'clearMessages',
    summary: 'Clear a session',
    description:
      'Puts all its messages into the trash, in one step; the session stays. With `permanently` they are purged.',
  })
  @ApiNoContentResponse({ description: 'It is empty.' })
  @ApiProblems(problemsFor.writing, 'session_not_found', 'version_conflict', 'validation_failed')
  clear(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Query() { permanently }: DeletionQuery,
    @IfMatch() ifMatch: string[] | undefined,
  ): Promise<void> {
    return this.trash.clear(owner, sessionId, { permanently, expected: readIfMatch(ifMatch) });
  }

  @Post('restore')
  @HttpCode(200)
  @ApiSessionId()
  @ApiOperation({
    operationId: 'restoreMessages',
    summary: 'Restore cleared messages',
    description: 'Takes the messages out of the trash that were cleared last. Again: those that were cleared before.',
  })
  @ApiOkResponse({ ...oneSession, description: 'The session, with these messages.' })
  @ApiProblems(problemsFor.writing, 'session_not_found', 'nothing_in_trash', 'quota_exceeded')
  async restoreMessages(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    return setVersion(reply, toSessionDto(await this.trash.restoreMessages(owner, sessionId)));
  }
}
