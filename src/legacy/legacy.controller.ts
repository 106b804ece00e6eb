import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../auth/public.decorator.js';
import { ApiLegacy } from './docs/api-legacy.decorator.js';
import { LegacyDispatcher } from './legacy-dispatcher.js';

/** The URL paths that the plugin's pages call, under its two names. */
export const legacyPaths = ['/mod/writeassistdev/ajax.php', '/mod/researchflow/ajax.php'];

/** Not behind the authentication guard: the credential may be a field of the body, which the dispatcher reads. */
@ApiTags('legacy')
@Public()
@Controller('mod')
export class LegacyController {
  constructor(private readonly dispatcher: LegacyDispatcher) {}

  @Post('writeassistdev/ajax.php')
  @HttpCode(200)
  @ApiLegacy('callWriteassistdev', 'Call an action of the plugin')
  writeassistdev(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.dispatcher.handle(request, reply, 'writeassistdevid');
  }

  @Post('researchflow/ajax.php')
  @HttpCode(200)
  @ApiLegacy('callResearchflow', 'The same by its later name')
  researchflow(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.dispatcher.handle(request, reply, 'researchflowid');
  }
}
