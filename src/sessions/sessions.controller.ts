import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { ConditionalGet, conditionalHeaders } from '../http/conditional-get.decorator.js';
import { setCreatedStatus } from '../http/created-response.js';
import { defaultPageSize } from '../http/pagination.dto.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import type { Owner } from '../owners/owner.js';
import { ApiIfMatch, IfMatch } from '../http/if-match.decorator.js';
import { readIfMatch, setVersion, versionHeaders } from '../http/entity-version.js';
import {
  SessionDto,
  SessionPageDto,
  sessionExample,
  toSessionDto,
  toSessionPageDto,
  usedSessionExample,
} from './session.dto.js';
import { ChangeSessionDto, CreateSessionDto } from './session-requests.dto.js';
import { SessionsQuery } from './sessions-query.dto.js';
import { SessionChangesService } from './session-changes.service.js';
import { SessionListService } from './session-list.service.js';
import { ApiSessionId } from './api-session-id.decorator.js';
import { SessionsService } from './sessions.service.js';

const oneSession = { type: SessionDto, example: usedSessionExample, headers: versionHeaders };

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/v1/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly lists: SessionListService,
    private readonly changes: SessionChangesService,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'createSession',
    summary: 'Create a session',
    description: 'Makes a session and, unless told otherwise, the active one of it.',
  })
  @ApiBody({
    type: CreateSessionDto,
    required: false,
    examples: {
      'a session': { value: { id: sessionExample.id, title: sessionExample.title, metadata: sessionExample.metadata } },
    },
  })
  @ApiCreatedResponse({
    type: SessionDto,
    example: sessionExample,
    description: 'It was made.',
    headers: { Location: { description: 'Its address.', schema: { type: 'string' } }, ...versionHeaders },
  })
  @ApiOkResponse({
    type: SessionDto,
    example: usedSessionExample,
    description: 'The session of this id was there already; it is unchanged.',
    headers: versionHeaders,
  })
  @ApiProblems(problemsFor.writing, problemsFor.body, 'quota_exceeded')
  async create(
    @CurrentOwner() owner: Owner,
    @Body() body: CreateSessionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    const { session, created } = await this.sessions.create(owner, CreateSessionDto.session(body));
    setCreatedStatus(reply, created, `/api/v1/sessions/${session.id}`);
    return setVersion(reply, toSessionDto(session));
  }

  @Get()
  @ConditionalGet()
  @ApiOperation({
    operationId: 'listSessions',
    summary: 'List the sessions',
    description:
      'In pages, newest activity first unless another order is asked for. Parameters that are left out restrict nothing: ' +
      'the list has archived sessions, too.',
  })
  @ApiOkResponse({
    type: SessionPageDto,
    example: { data: [usedSessionExample], nextCursor: null },
    description: 'A page.',
    headers: conditionalHeaders,
  })
  @ApiProblems(problemsFor.reading, problemsFor.query)
  async list(@CurrentOwner() owner: Owner, @Query() query: SessionsQuery): Promise<SessionPageDto> {
    const { limit = defaultPageSize } = query;
    const range = SessionsQuery.range(query);
    return toSessionPageDto(await this.lists.list(owner, limit, range), range);
  }

  @Get('active')
  @ApiOperation({
    operationId: 'getActiveSession',
    summary: 'Get the active session',
    description: 'The one that the owner is looking at, on whichever page or device.',
  })
  @ApiOkResponse({ ...oneSession, description: 'The active session.' })
  @ApiProblems(problemsFor.reading, 'no_active_session')
  async active(@CurrentOwner() owner: Owner, @Res({ passthrough: true }) reply: FastifyReply): Promise<SessionDto> {
    return setVersion(reply, toSessionDto(await this.sessions.getActive(owner)));
  }

  @Get(':sessionId')
  @ApiSessionId()
  @ApiOperation({ operationId: 'getSession', summary: 'Get a session', description: 'One session by its id.' })
  @ApiOkResponse({ ...oneSession, description: 'The session.' })
  @ApiProblems(problemsFor.reading, 'session_not_found')
  async get(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    return setVersion(reply, toSessionDto(await this.sessions.get(owner, sessionId)));
  }

  @Patch(':sessionId')
  @ApiSessionId()
  @ApiIfMatch()
  @ApiOperation({
    operationId: 'changeSession',
    summary: 'Rename, pin, archive or read a session',
    description:
      'Changes what is given; its place in the list by activity stays. A title with the source `generated` is left out ' +
      'without an error where the user has chosen the title: the answer has the title that the session keeps.',
  })
  @ApiBody({
    type: ChangeSessionDto,
    examples: {
      'a title': { value: { title: sessionExample.title } },
      'a title of a program': { value: { title: 'Rivers of Europe', titleSource: 'generated' } },
      'pinned and not archived': { value: { pinned: true, archived: false } },
      metadata: { value: { metadata: sessionExample.metadata } },
      'read up to a message': { value: { lastReadSequence: 4 } },
    },
  })
  @ApiOkResponse({ ...oneSession, description: 'The session as it is now.' })
  @ApiProblems(problemsFor.writing, problemsFor.body, 'session_not_found', 'version_conflict')
  async change(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Body() body: ChangeSessionDto,
    @IfMatch() ifMatch: string[] | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    const change = ChangeSessionDto.change(body);
    const session = await this.changes.change(owner, sessionId, change, readIfMatch(ifMatch));
    return setVersion(reply, toSessionDto(session));
  }

  @Post(':sessionId/activate')
  @HttpCode(200)
  @ApiSessionId()
  @ApiOperation({
    operationId: 'activateSession',
    summary: 'Switch to a session',
    description: 'Makes this session the active one, and so no other.',
  })
  @ApiOkResponse({ ...oneSession, description: 'The session, now active.' })
  @ApiProblems(problemsFor.writing, 'session_not_found')
  async activate(
    @CurrentOwner() owner: Owner,
    @Param('sessionId') sessionId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    return setVersion(reply, toSessionDto(await this.sessions.activate(owner, sessionId)));
  }
}
