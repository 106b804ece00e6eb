import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { setCreatedStatus } from '../http/created-response.js';
import type { Owner } from '../owners/owner.js';
import {
  SaveMessageDto,
  SaveToActiveDto,
  messagePath,
  toSavedMessageDto,
  type SavedMessageDto,
} from './message.dto.js';
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
    description:
      'When no session is active, a new one titled New Chat is made and becomes active. The active session is the one ' +
      'at the moment of saving: after a switch, also on another page or device, a late answer is saved into the other ' +
      'session, and after the active session was deleted into a new one. To prevent that, send the `sessionId` to which ' +
      'the message belongs: if another session is active, or none, the response is 409 with the code ' +
      '`session_not_active`, and nothing is saved. To save into a session that need not be active, use ' +
      '`POST /api/v1/sessions/{sessionId}/messages`. A message with a `clientMessageId` that was saved before is ' +
      'answered with 200 also after a switch.',
  })
  @ApiSaveMessage(SaveToActiveDto, 'session_not_active')
  async save(
    @CurrentOwner() owner: Owner,
    @Body() body: SaveToActiveDto,
    @IdempotencyKey() key: string[] | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SavedMessageDto> {
    const sent = SaveMessageDto.message(body, key);
    const saved = await this.messages.saveToActive(owner, sent, body.sessionId);
    setCreatedStatus(reply, !saved.replayed, messagePath(saved.message));
    return toSavedMessageDto(saved);
  }
}
