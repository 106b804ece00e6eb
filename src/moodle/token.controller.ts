import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiCookieAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../auth/public.decorator.js';
import { ApiProblems, problemsOf } from '../docs/api-problems.decorator.js';
import { TokenExchange } from './token-exchange.js';
import { TokenDto, TradeLoginDto, tokenExample, tradeExample } from './token.dto.js';

export const tokenAddress = '/api/v1/token';

/** Not guarded: the credential is a cookie and a field of the body, which the exchange reads. */
@ApiTags('token')
@ApiCookieAuth('moodle')
@Public()
@Controller('api/v1')
export class TokenController {
  constructor(private readonly exchange: TokenExchange) {}

  @Post('token')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'tradeLogin',
    summary: 'Trade a Moodle login for a token',
    description: 'For pages of Moodle, where the server asks it who calls (AUTH=moodle).',
  })
  @ApiBody({ type: TradeLoginDto, examples: { 'a page': { value: tradeExample } } })
  @ApiOkResponse({ type: TokenDto, example: tokenExample, description: 'A token for this user in this activity.' })
  @ApiProblems(problemsOf.admission, problemsOf.body, 'foreign_origin', 'cmid_mismatch')
  trade(@Req() request: FastifyRequest, @Body() login: TradeLoginDto): Promise<TokenDto> {
    return this.exchange.trade(request, login);
  }
}
