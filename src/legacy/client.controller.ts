import { Controller, Get, Header, applyDecorators } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/public.decorator.js';
import { clientApiScript, clientScript, clientTypes } from './client-script.js';

/** Public and readable from any origin, since it contains no user data. */
function PublicFile(type: string): MethodDecorator {
  return applyDecorators(
    Header('content-type', `${type}; charset=utf-8`),
    Header('cache-control', 'public, max-age=300'),
    Header('access-control-allow-origin', '*'),
    Header('cross-origin-resource-policy', 'cross-origin'),
  );
}

/** Serves the browser client and its types. */
@ApiExcludeController()
@Public()
@Controller('client')
export class ClientController {
  @Get('multi-chat-manager.js')
  @PublicFile('text/javascript')
  script(): string {
    return clientScript;
  }

  @Get('chat-api.js')
  @PublicFile('text/javascript')
  apiScript(): string {
    return clientApiScript;
  }

  @Get('multi-chat-manager.d.ts')
  @PublicFile('text/plain')
  types(): string {
    return clientTypes;
  }
}
