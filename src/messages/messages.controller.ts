import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { ConditionalGet, conditionalHeaders } from '../http/conditional-get.decorator.js';
import { setCreatedStatus } from '../http/created-response.js';
import { defaultPageSize } from '../http/pagination.dto.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import type { Owner } from '../owners/owner.js';
import { ApiSessionId } from '../sessions/api-session-id.decorator.js';
import { MessageBranchesService } from './message-branches.service.js';
import { MessagePageDto, toMessagePageDto, toTreePageDto } from './message-page.dto.js';
import {
  MessageDto,
  SaveMessageDto,
  messageExample,
  messagePath,
  toMessageDto,
  toSavedMessageDto,
  type SavedMessageDto,
} from './message.dto.js';
import { MessagesQuery } from './messages-query.dto.js';
import { IdempotencyKey } from './idempotency-key.js';
import { MessagesService } from './messages.service.js';
import { ApiSaveMessage } from './api-save-message.decorator.js';

@ApiTags('messages')
@ApiBearerAuth()
@Controller('api/v1/sessions/:sessionId/messages')
export class MessagesController {
  constructor(
    private readonly messages: MessagesService,
    private readonly branches: MessageBranchesService,
  ) {}

  @Get()
  @ConditionalGet()
  @ApiSessionId()
  @ApiOperation({
    operationId: 'listMessages',
    summary: 'List the messages of a session',
    description:
      'Those of the current branch, in pages, in the order of their timestamps, equal ones in the order of saving. With ' +
      '`afterSequence`: only those saved after one, in the order of saving, to poll for new messages whatever their ' +
      'timestamps.',
  })
  @ApiOkResponse({
    type: MessagePageDto,
    example: { data: [messageExample], nextCursor: null, lastSequence: 1 },
    description: 'A page.',
    headers: conditionalHeaders,
  })
  @ApiProblems(problemsFor.reading, problemsFor.query, 'session_not_found', 'message_not_found')
  async list(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Query() query: MessagesQuery,
  ): Promise<MessagePageDto> {
    const { limit = defaultPageSize } = query;
    const range = MessagesQuery.range(query);
    if (query.tree && range.by === 'sequence') {
      return toTreePageDto(await this.branches.tree(owner, sessionId, limit, range.after));
    }
    const page =
      query.head === undefined
        ? await this.messages.list(owner, sessionId, limit, range)
        : await this.branches.list(owner, sessionId, query.head, limit, range);
    return toMessagePageDto(page, range);
  }

  @Post()
  @ApiSessionId()
  @ApiOperation({
    operationId: 'saveMessage',
    summary: 'Save a message',
    description: 'Into this session. It is durable when the answer comes.',
  })
  @ApiSaveMessage(SaveMessageDto, 'session_not_found')
  async save(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Body() body: SaveMessageDto,
    @IdempotencyKey() key: string[] | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SavedMessageDto> {
    const saved = await this.messages.save(owner, sessionId, SaveMessageDto.message(body, key));
    setCreatedStatus(reply, !saved.replayed, messagePath(saved.message));
    return toSavedMessageDto(saved);
  }

  @Get(':messageId')
  @ApiSessionId()
  @ApiParam({
    name: 'messageId',
    description: 'The `id` of a message.',
    type: String,
    example: messageExample.id,
  })
  @ApiOperation({ operationId: 'getMessage', summary: 'Get a message', description: 'One message by its id.' })
  @ApiOkResponse({ type: MessageDto, example: messageExample, description: 'The message.' })
  @ApiProblems(problemsFor.reading, 'session_not_found', 'message_not_found')
  async get(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Param('messageId') messageId: string,
  ): Promise<MessageDto> {
    return toMessageDto(await this.messages.get(owner, sessionId, messageId));
  }
}
