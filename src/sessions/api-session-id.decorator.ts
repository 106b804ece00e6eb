import { ApiParam } from '@nestjs/swagger';
import { exampleSessionId } from './session.dto.js';

/** Documents the path parameter `sessionId`. */
export const ApiSessionId = () =>
  ApiParam({
    name: 'sessionId',
    description: 'The `id` of a session.',
    type: String,
    example: exampleSessionId,
  });
