import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Validate } from 'class-validator';
import { JsonText } from '../common/json-text.js';
import { JsonField } from '../http/json-field.decorator.js';
import { MatchesJsonRule } from '../http/json-rule.js';
import { IsCompatible, MatchesRule, OptionalButNotNull } from '../http/text-rule.js';
import { PayloadConstraint } from './message-constraints.js';
import { formatProblem, maxMetadataBytes, maxPayloadParts, metadataProblem } from './message-payload.js';

/** OpenAPI: a list or an object. */
export const payloadSchema = {
  oneOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
  ],
};
export const metadataSchema = { type: 'object', additionalProperties: true } as const;

/** What a message may have besides its text. */
export class MessageJsonDto {
  @IsFormat()
  format?: string;

  @IsPayload()
  payload?: JsonText;

  @IsMessageMetadata()
  metadata?: JsonText;
}

/** Property decorator: the optional name of the format of `payload`. */
export function IsFormat(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$',
      description:
        'The name of the format of `payload`, without which it must not come. The text of `ai-sdk/v6`, `aui/v0` and ' +
        '`openai` is known; others are names of your own.',
      example: 'ai-sdk/v6',
    }),
    OptionalButNotNull(),
    MatchesRule(formatProblem),
    IsCompatible(({ payload }) => (payload === undefined ? 'must come together with payload' : undefined)),
  );
}

/** Property decorator: an optional payload, with a `format`. */
export function IsPayload(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      ...payloadSchema,
      description:
        `The message as your front end has it, at most ${maxPayloadParts} parts and as many bytes as a content. It is ` +
        'given back as the same JSON text. `format` must come with it.',
      example: { parts: [{ type: 'text', text: 'How long is the Nile?' }] },
    }),
    JsonField(),
    OptionalButNotNull(),
    Validate(PayloadConstraint),
    IsCompatible(({ format }) => (format === undefined ? 'must come together with format' : undefined)),
  );
}

/** Property decorator: optional metadata of a message. */
export function IsMessageMetadata(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      ...metadataSchema,
      description: `What is known about the message: a flat object of at most ${maxMetadataBytes} bytes.`,
      example: { model: 'gpt-5', finishReason: 'stop', outputTokens: 12 },
    }),
    OptionalButNotNull(),
    MatchesJsonRule('an object', metadataProblem),
  );
}
