import {
  Body,
  ClassSerializerInterceptor,
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { IsIn, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { AuthGuard, type AuthenticatedRequest } from './auth.guard.js';
import { ChatsService, MessagePage, SessionPage } from './chats.service.js';
import { ObviousMessage, ObviousSession } from './entities.js';

export class SaveDto {
  @IsIn(['user', 'assistant', 'system'])
  role!: string;

  @IsString()
  @IsNotEmpty()
  content!: string;

  @IsOptional()
  @IsString()
  clientMessageId?: string;
}

@Controller('api/v1/sessions')
@UseGuards(AuthGuard)
@UseInterceptors(ClassSerializerInterceptor)
export class ChatsController {
  constructor(private readonly chats: ChatsService) {}

  @Get()
  findAll(@Req() { userId }: AuthenticatedRequest, @Query('limit') limit: string): Promise<SessionPage> {
    return this.chats.findAll(userId, Number(limit));
  }

  @Get(':id/messages')
  list(
    @Req() { userId }: AuthenticatedRequest,
    @Param('id') id: string,
    @Query('limit') limit: string,
  ): Promise<MessagePage> {
    return this.chats.list(userId, id, Number(limit));
  }

  @Post(':id/messages')
  save(
    @Req() { userId }: AuthenticatedRequest,
    @Param('id') id: string,
    @Body() body: SaveDto,
  ): Promise<ObviousMessage> {
    return this.chats.save(userId, id, body);
  }

  @Post(':id/activate')
  @HttpCode(200)
  activate(@Req() { userId }: AuthenticatedRequest, @Param('id') id: string): Promise<ObviousSession> {
    return this.chats.activate(userId, id);
  }
}
