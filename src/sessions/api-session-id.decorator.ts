import { ApiParam } from '@nestjs/swagger';

/** The session of the documentation's examples: the first one makes it, the others use it. */
export const exampleSessionId = 'essay-on-rivers';

/** Documents the `sessionId` of a path. */
export const ApiSessionId = () =>
  ApiParam({
    name: 'sessionId',
    description: 'The `id` of a session.',
    type: String,
    example: exampleSessionId,
  });
