import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { ConditionalGet, conditionalHeaders } from '../http/conditional-get.decorator.js';
import { setCreatedStatus } from '../http/created-response.js';
import { defaultPageSize } from '../http/pagination.dto.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import type { Owner } from '../owners/owner.js';
import {
  CreateSessionDto,
  RenameSessionDto,
  SessionDto,
  SessionPageDto,
  SessionsQuery,
  sessionExample,
  toSessionDto,
  toSessionPageDto,
} from './session.dto.js';
import { ApiSessionId } from './api-session-id.decorator.js';
import { SessionsService } from './sessions.service.js';

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/v1/sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Post()
  @ApiOperation({
    operationId: 'createSession',
    summary: 'Create a session',
    description: 'Makes a session and, unless told otherwise, the active one of it.',
  })
  @ApiBody({
    type: CreateSessionDto,
    required: false,
    examples: { 'a session': { value: { id: sessionExample.id, title: sessionExample.title } } },
  })
  @ApiCreatedResponse({
    type: SessionDto,
    example: sessionExample,
    description: 'It was made.',
    headers: { Location: { description: 'Its address.', schema: { type: 'string' } } },
  })
  @ApiOkResponse({
    type: SessionDto,
    example: sessionExample,
    description: 'The session of this id was there already; it is unchanged.',
  })
  @ApiProblems(problemsFor.writing, problemsFor.body, 'quota_exceeded')
  async create(
    @CurrentOwner() owner: Owner,
    @Body() { id, title, activate = true }: CreateSessionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    const { session, created } = await this.sessions.create(owner, { id, title, activate });
    setCreatedStatus(reply, created, `/api/v1/sessions/${session.id}`);
    return toSessionDto(session);
  }

  @Get()
  @ConditionalGet()
  @ApiOperation({
    operationId: 'listSessions',
    summary: 'List the sessions',
    description: 'Newest activity first, in pages.',
  })
  @ApiOkResponse({
    type: SessionPageDto,
    example: { data: [sessionExample], nextCursor: null },
    description: 'A page.',
    headers: conditionalHeaders,
  })
  @ApiProblems(problemsFor.reading, problemsFor.query)
  async list(@CurrentOwner() owner: Owner, @Query() query: SessionsQuery): Promise<SessionPageDto> {
    const { limit = defaultPageSize } = query;
    return toSessionPageDto(await this.sessions.list(owner, limit, SessionsQuery.position(query)));
  }

  @Get('active')
  @ApiOperation({
    operationId: 'getActiveSession',
    summary: 'Get the active session',
    description: 'The one that the owner is looking at, on whichever page or device.',
  })
  @ApiOkResponse({ type: SessionDto, example: sessionExample, description: 'The active session.' })
  @ApiProblems(problemsFor.reading, 'no_active_session')
  async active(@CurrentOwner() owner: Owner): Promise<SessionDto> {
    return toSessionDto(await this.sessions.getActive(owner));
  }

  @Get(':sessionId')
  @ApiSessionId()
  @ApiOperation({ operationId: 'getSession', summary: 'Get a session', description: 'One session by its id.' })
  @ApiOkResponse({ type: SessionDto, example: sessionExample, description: 'The session.' })
  @ApiProblems(problemsFor.reading, 'session_not_found')
  async get(@CurrentOwner() owner: Owner, @Param('sessionId') sessionId: string): Promise<SessionDto> {
    return toSessionDto(await this.sessions.get(owner, sessionId));
  }

  @Patch(':sessionId')
  @ApiSessionId()
  @ApiOperation({
    operationId: 'renameSession',
    summary: 'Rename a session',
    description: 'Gives it another title. Its place in the list stays.',
  })
  @ApiBody({ type: RenameSessionDto, examples: { 'a title': { value: { title: sessionExample.title } } } })
  @ApiOkResponse({ type: SessionDto, example: sessionExample, description: 'The session with its new title.' })
  @ApiProblems(problemsFor.writing, problemsFor.body, 'session_not_found')
  async rename(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Body() { title }: RenameSessionDto,
  ): Promise<SessionDto> {
    return toSessionDto(await this.sessions.rename(owner, sessionId, title));
  }

  @Post(':sessionId/activate')
  @HttpCode(200)
  @ApiSessionId()
  @ApiOperation({
    operationId: 'activateSession',
    summary: 'Switch to a session',
    description: 'Makes this session the active one, and so no other.',
  })
  @ApiOkResponse({ type: SessionDto, example: sessionExample, description: 'The session, now active.' })
  @ApiProblems(problemsFor.writing, 'session_not_found')
  async activate(@CurrentOwner() owner: Owner, @Param('sessionId') sessionId: string): Promise<SessionDto> {
    return toSessionDto(await this.sessions.activate(owner, sessionId));
  }

  @Delete(':sessionId')
  @HttpCode(204)
  @ApiSessionId()
  @ApiOperation({
    operationId: 'deleteSession',
    summary: 'Delete a session',
    description: 'With all its messages. When it was the active one, none is.',
  })
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblems(problemsFor.writing, 'session_not_found')
  delete(@CurrentOwner() owner: Owner, @Param('sessionId') sessionId: string): Promise<void> {
    return this.sessions.delete(owner, sessionId);
  }
}
