import { Body, Controller, Param, Put, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { setCreatedStatus } from '../http/created-response.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import type { Owner } from '../owners/owner.js';
import { ApiSessionId } from '../sessions/api-session-id.decorator.js';
import {
  BranchedMessageDto,
  ReviseMessageDto,
  branchedMessageExample,
  toBranchedMessageDto,
} from './branched-message.dto.js';
import { MessageRevisionsService } from './message-revisions.service.js';
import { messageExample, messagePath } from './message.dto.js';

const revised: BranchedMessageDto = Object.assign({}, branchedMessageExample, {
  id: '3',
  sequence: 3,
  content: 'How long is the Rhine?',
  revisionOf: messageExample.id,
});

@ApiTags('messages')
@ApiBearerAuth()
@Controller('api/v1/sessions/:sessionId/messages')
export class MessageRevisionsController {
  constructor(private readonly revisions: MessageRevisionsService) {}

  @Put(':messageId')
  @ApiSessionId()
  @ApiParam({ name: 'messageId', description: 'The `id` of a message.', type: String, example: messageExample.id })
  @ApiOperation({
    operationId: 'reviseMessage',
    summary: 'Edit a message',
    description:
      'Saves another version next to the message, which stays as it is with all that follows it. The current branch ends ' +
      'with the new version; the old one is chosen again with `headId` of the session. May be repeated: the same version ' +
      'is not saved twice.',
  })
  @ApiBody({ type: ReviseMessageDto, examples: { 'another question': { value: { content: revised.content } } } })
  @ApiCreatedResponse({
    type: BranchedMessageDto,
    example: revised,
    description: 'The new version.',
    headers: { Location: { description: 'Its address.', schema: { type: 'string' } } },
  })
  @ApiOkResponse({
    type: BranchedMessageDto,
    example: branchedMessageExample,
    description: 'The message, or its version on the current branch, is the same already; nothing was changed.',
  })
  @ApiProblems(problemsFor.writing, problemsFor.body, [
    'session_not_found',
    'message_not_found',
    'message_in_progress',
    'quota_exceeded',
  ])
  async revise(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Param('messageId') messageId: string,
    @Body() body: ReviseMessageDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BranchedMessageDto> {
    const revision = ReviseMessageDto.revision(body);
    const { message, created } = await this.revisions.revise(owner, sessionId, messageId, revision);
    setCreatedStatus(reply, created, messagePath(message));
    return toBranchedMessageDto(message);
  }
}
