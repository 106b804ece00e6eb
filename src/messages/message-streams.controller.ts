import { Body, Controller, Param, Patch } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { ChunkRoute } from '../http/chunk-route.decorator.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import type { Owner } from '../owners/owner.js';
import { ApiSessionId } from '../sessions/api-session-id.decorator.js';
import { ChangeMessageDto, StreamedMessageDto, toStreamedMessageDto } from './change-message.dto.js';
import { messageExample } from './message.dto.js';
import { MessageStreamsService } from './message-streams.service.js';

const lease = '3f0c9a52d7e14b6f8a1c2d3e4f506172';
const { id, sessionId } = messageExample;

@ApiTags('messages')
@ApiBearerAuth()
@Controller('api/v1/sessions/:sessionId/messages')
export class MessageStreamsController {
  constructor(private readonly streams: MessageStreamsService) {}

  @Patch(':messageId')
  @ChunkRoute()
  @ApiSessionId()
  @ApiParam({ name: 'messageId', description: 'The `id` of a message.', type: String, example: messageExample.id })
  @ApiOperation({
    operationId: 'changeMessage',
    summary: 'Write a message in chunks',
    description:
      'For a reply that arrives bit by bit: create the message with `status: in_progress`, send each chunk with the ' +
      '`offset` at which it begins, and end it with a `status`. A request may be repeated: a chunk is appended once. A ' +
      'gap, or a chunk of another client, is 409 with the `contentBytes` that the message has. A client that stops ' +
      'leaves what had arrived: after a minute (`REPLY_STALE_SECONDS`) the message reads as `incomplete`, and any client ' +
      'may go on with `takeLease`. Join what arrives to chunks of 100 to 250 ms: 20 requests per second and message are ' +
      'accepted, which do not count for the limit of other requests.',
  })
  @ApiBody({
    type: ChangeMessageDto,
    examples: {
      // The first one works on a message that has ended, as the one of the other examples.
      'the end': { value: { lease, status: 'complete' } },
      'a chunk': { value: { lease, offset: 0, append: 'The Nile is ' } },
      'the last chunk': { value: { lease, offset: 12, append: '6,650 km long.', status: 'complete' } },
      'go on for another client': { value: { takeLease: true } },
    },
  })
  @ApiOkResponse({
    type: StreamedMessageDto,
    example: { id, sessionId, status: 'in_progress', contentBytes: 12 },
    description: 'It is stored.',
  })
  @ApiProblems(
    problemsFor.writing,
    problemsFor.body,
    ['session_not_found', 'message_not_found', 'quota_exceeded'],
    ['append_conflict', 'lease_held', 'message_ended'],
  )
  async change(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') session: string,
    @Param('messageId') messageId: string,
    @Body() body: ChangeMessageDto,
  ): Promise<StreamedMessageDto> {
    return toStreamedMessageDto(await this.streams.write(owner, session, messageId, ChangeMessageDto.change(body)));
  }
}
