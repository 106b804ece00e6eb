import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import type { Owner } from '../owners/owner.js';
import { ApiSessionId } from '../sessions/api-session-id.decorator.js';
import { BatchResultsDto, MessageBatchDto, parsedMessages, toBatchResultsDto } from './message-batch.dto.js';
import { MessageBatchPipe } from './message-batch.pipe.js';
import { MessageBatchService } from './message-batch.service.js';
import { messageExample } from './message.dto.js';

@ApiTags('messages')
@ApiBearerAuth()
@Controller('api/v1/sessions/:sessionId/messages/batch')
export class MessageBatchController {
  constructor(private readonly batches: MessageBatchService) {}

  @Post()
  @HttpCode(200)
  @ApiSessionId()
  @ApiOperation({
    operationId: 'saveMessages',
    summary: 'Save several messages',
    description:
      'All of them, in their order, or none. Give each a `clientMessageId`: the request may then be repeated, and what ' +
      'was saved before is not saved again.',
  })
  @ApiBody({
    type: MessageBatchDto,
    examples: {
      'a question and its answer': {
        value: {
          messages: [
            { role: 'user', content: 'How long is the Nile?' },
            { role: 'assistant', content: '6,650 km.' },
          ],
        },
      },
    },
  })
  @ApiOkResponse({
    type: BatchResultsDto,
    example: { results: [{ status: 201, message: messageExample }] },
    description: 'All are stored.',
  })
  @ApiProblems(problemsFor.writing, problemsFor.body, [
    'session_not_found',
    'quota_exceeded',
    'client_message_id_conflict',
    'message_in_trash',
  ])
  async save(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Body(MessageBatchPipe) batch: MessageBatchDto,
  ): Promise<BatchResultsDto> {
    return toBatchResultsDto(await this.batches.save(owner, sessionId, batch[parsedMessages]));
  }
}
