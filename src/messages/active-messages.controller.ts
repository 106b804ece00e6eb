import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { setCreatedStatus } from '../http/created-response.js';
import type { Owner } from '../owners/owner.js';
import { SaveMessageDto, messagePath, toMessageDto, type MessageDto } from './message.dto.js';
import { IdempotencyKey } from './idempotency-key.js';
import { MessagesService } from './messages.service.js';
import { ApiSaveMessage } from './api-save-message.decorator.js';

@ApiTags('messages')
@ApiBearerAuth()
@Controller('api/v1/messages')
export class ActiveMessagesController {
  constructor(private readonly messages: MessagesService) {}

  @Post()
  @ApiOperation({
    operationId: 'saveMessageToActiveSession',
    summary: 'Save a message into the active session',
    description: 'When no session is active, a new one titled New Chat is made and becomes active.',
  })
  @ApiSaveMessage()
  async save(
    @CurrentOwner() owner: Owner,
    @Body() body: SaveMessageDto,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageDto> {
    const { message, replayed } = await this.messages.saveToActive(owner, SaveMessageDto.message(body, key));
    setCreatedStatus(reply, !replayed, messagePath(message));
    return toMessageDto(message);
  }
}
