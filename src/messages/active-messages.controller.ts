import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import type { Owner } from '../owners/owner.js';
import { SaveMessageDto, type MessageDto } from './message.dto.js';
import { MessagesService } from './messages.service.js';
import { ApiSaveMessage, toSaveResponse } from './api-save-message.decorator.js';

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
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageDto> {
    return toSaveResponse(reply, await this.messages.saveToActive(owner, SaveMessageDto.message(body)));
  }
}
