import { applyDecorators, type Type } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import { ApiIdempotencyKey } from './idempotency-key.js';
import { SavedMessageDto, messageExample, type SaveMessageDto } from './message.dto.js';

/** Documents the request and the responses of an operation that saves a message. @param body the DTO of its body */
export function ApiSaveMessage(
  body: Type<SaveMessageDto>,
  ...problems: Parameters<typeof ApiProblems>
): MethodDecorator {
  const { role, content } = messageExample;
  return applyDecorators(
    ApiIdempotencyKey(),
    ApiBody({ type: body, examples: { 'a question': { value: { role, content } } } }),
    ApiCreatedResponse({
      type: SavedMessageDto,
      example: messageExample,
      description: 'It was saved.',
      headers: { Location: { description: 'Its address.', schema: { type: 'string' } } },
    }),
    ApiOkResponse({
      type: SavedMessageDto,
      example: messageExample,
      description: 'A request with this client message id was saved before: the same answer again.',
    }),
    ApiProblems(
      problemsFor.writing,
      problemsFor.body,
      ['quota_exceeded', 'client_message_id_conflict', 'message_in_trash'],
      ...problems,
    ),
  );
}
