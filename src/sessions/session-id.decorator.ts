import { ApiParam } from '@nestjs/swagger';

/** Documents the `sessionId` of a path. */
export const ApiSessionId = () =>
  ApiParam({
    name: 'sessionId',
    description: 'The `id` of a session.',
    schema: { type: 'string' },
    example: 'default',
  });
