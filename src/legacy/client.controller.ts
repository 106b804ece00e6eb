import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/public.decorator.js';
import { clientScript } from './client-script.js';

/** Serves the browser client. Public and readable from any origin, since it contains no user data. */
@ApiExcludeController()
@Public()
@Controller('client')
export class ClientController {
  @Get('multi-chat-manager.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  @Header('access-control-allow-origin', '*')
  @Header('cross-origin-resource-policy', 'cross-origin')
  script(): string {
    return clientScript;
  }
}
