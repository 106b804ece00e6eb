import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../auth/public.decorator.js';
import { SampleTokens, sampleCall } from '../auth/sample-tokens.js';
import { publicPath } from '../http/public-path.js';
import { pageSecurityPolicy, renderHomePage } from './home-page.js';
import { HomeInfo, type Home } from './home-info.js';

/** Below `/api/`, but without a token. */
export const apiHomePath = '/api/v1';

/** Says what this service is and where to go on: a page for browsers, JSON for other clients. */
@ApiExcludeController()
@Public()
@Controller()
export class HomeController {
  constructor(
    private readonly info: HomeInfo,
    private readonly sampleTokens: SampleTokens,
  ) {}

  @Get(['', apiHomePath])
  async home(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Home | string> {
    const home = this.info.describe((path) => publicPath(request, path));
    reply.header('vary', 'Accept');
    if (!acceptsHtml(request.headers.accept)) return home;
    const token = await this.sampleTokens.issue();
    reply.type('text/html; charset=utf-8').header('content-security-policy', pageSecurityPolicy);
    return renderHomePage(home, token && sampleCall(`http://${request.host}`, token));
  }
}

/** Browsers name HTML and not JSON in `Accept`; other clients accept everything, or JSON. */
function acceptsHtml(accept = ''): boolean {
  return accept.includes('text/html') && !accept.includes('application/json');
}
