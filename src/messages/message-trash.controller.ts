import { Controller, Delete, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import type { Owner } from '../owners/owner.js';
import { ApiSessionId } from '../sessions/api-session-id.decorator.js';
import { MessageDto, messageExample, toMessageDto } from './message.dto.js';
import { MessageDeletionQuery } from './message-deletion-query.dto.js';
import { MessageTrashService } from './message-trash.service.js';

const messageId = {
  name: 'messageId',
  description: 'The `id` of a message.',
  type: String,
  example: messageExample.id,
};

@ApiTags('messages')
@ApiBearerAuth()
@Controller('api/v1/sessions/:sessionId/messages/:messageId')
export class MessageTrashController {
  constructor(private readonly trash: MessageTrashService) {}

  @Delete()
  @HttpCode(204)
  @ApiSessionId()
  @ApiParam(messageId)
  @ApiOperation({
    operationId: 'deleteMessage',
    summary: 'Delete a message',
    description:
      'Puts it into the trash; with `replies` also all messages that follow from it, as one deletion. The current branch ' +
      'goes on with the newest other branch from the same place. With `permanently` it is purged.',
  })
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblems(problemsFor.writing, 'session_not_found', 'message_not_found', 'has_replies', 'validation_failed')
  delete(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Param('messageId') id: string,
    @Query() query: MessageDeletionQuery,
  ): Promise<void> {
    return this.trash.delete(owner, sessionId, id, query);
  }

  @Post('restore')
  @HttpCode(200)
  @ApiSessionId()
  @ApiParam(messageId)
  @ApiOperation({
    operationId: 'restoreMessage',
    summary: 'Restore a message',
    description:
      'Takes it out of the trash, with what was deleted together with it. The current branch goes on with it, if it ends ' +
      'where the message belongs. A message that is not in the trash stays as it is.',
  })
  @ApiOkResponse({ type: MessageDto, example: messageExample, description: 'The message.' })
  @ApiProblems(problemsFor.writing, ['session_not_found', 'message_not_found'], ['parent_in_trash', 'quota_exceeded'])
  async restore(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Param('messageId') id: string,
  ): Promise<MessageDto> {
    return toMessageDto(await this.trash.restore(owner, sessionId, id));
  }
}
