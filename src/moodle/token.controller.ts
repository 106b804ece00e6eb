import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiCookieAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../auth/public.decorator.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import { TokenExchange } from './token-exchange.js';
import { TokenDto, ExchangeTokenDto, tokenExample, exchangeExample } from './token.dto.js';

export const tokenPath = '/api/v1/token';

/** Public, because the credential is not a token: TokenExchange authenticates by the cookie and the body. */
@ApiTags('token')
@ApiCookieAuth('moodle')
@Public()
@Controller('api/v1')
export class TokenController {
  constructor(private readonly tokenExchange: TokenExchange) {}

  @Post('token')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'exchangeToken',
    summary: 'Exchange a Moodle login for a token',
    description: 'For pages of Moodle, on a server that authenticates callers by Moodle (AUTH=moodle).',
  })
  @ApiBody({ type: ExchangeTokenDto, examples: { 'a page': { value: exchangeExample } } })
  @ApiOkResponse({ type: TokenDto, example: tokenExample, description: 'A token for this user in this activity.' })
  @ApiProblems(problemsFor.authentication, problemsFor.body, 'foreign_origin', 'cmid_mismatch')
  exchangeToken(@Req() request: FastifyRequest, @Body() login: ExchangeTokenDto): Promise<TokenDto> {
    return this.tokenExchange.exchange(request, login);
  }
}
