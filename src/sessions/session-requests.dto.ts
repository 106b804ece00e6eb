import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, Max, Min, ValidateIf } from 'class-validator';
import { messageIdProblem } from '../branches/branch-rules.js';
import type { JsonText } from '../common/json-text.js';
import { MatchesJsonRule } from '../http/json-rule.js';
import { IsCompatible, MatchesRule, OptionalButNotNull } from '../http/text-rule.js';
import { metadataProblem, toMetadata } from './metadata-field.js';
import { maxMetadataNameCharacters, maxMetadataNames, maxMetadataValueCharacters } from './session-metadata.js';
import { defaultTitle, maxTitleCharacters, sessionIdProblem, titleProblem } from './session-rules.js';
import { givenTitleSources, type GivenTitleSource, type NewSession, type SessionChange } from './session.js';

const titleSchema = {
  minLength: 1,
  maxLength: maxTitleCharacters,
  description: 'Plain text without control characters.',
};

const sequenceRule = { message: `must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}` };

/** An optional field that is true or false. */
function IsFlag(description: string): PropertyDecorator {
  return applyDecorators(
    // No `default` in a request: generators of clients would make the field required.
    ApiPropertyOptional({ description }),
    OptionalButNotNull(),
    IsBoolean({ message: 'must be true or false' }),
  );
}

/** What a client may say of a session when it creates or changes it. */
export class SessionContentDto {
  @ApiPropertyOptional({
    enum: givenTitleSources,
    description:
      'Who has chosen the title; only together with it. When left out: `user`. A title that is `generated` never ' +
      'replaces one of the user.',
  })
  @OptionalButNotNull()
  @IsIn(givenTitleSources, { message: `must be one of ${givenTitleSources.join(', ')}` })
  @IsCompatible(({ title }) => (title === undefined ? 'must come together with title' : undefined))
  titleSource?: GivenTitleSource;

  @IsFlag('Whether the user wants to see it first.')
  pinned?: boolean;

  @IsFlag('Whether the user has put it away.')
  archived?: boolean;
}

/** Metadata of a request. */
function IsMetadata(description: string, { nullable = false } = {}): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      ...(nullable && { nullable }),
      additionalProperties: { type: 'string', maxLength: maxMetadataValueCharacters },
      maxProperties: maxMetadataNames,
      description:
        `At most ${maxMetadataNames} names of 1 to ${maxMetadataNameCharacters} characters, each with a text of at most ` +
        `${maxMetadataValueCharacters}. ${description}`,
    }),
    MatchesJsonRule('an object', metadataProblem),
  );
}

export class CreateSessionDto extends SessionContentDto {
  @ApiPropertyOptional({ ...titleSchema, description: `${titleSchema.description} When left out: ${defaultTitle}.` })
  @OptionalButNotNull()
  @MatchesRule(titleProblem)
  title?: string;

  @ApiPropertyOptional({
    pattern: '^[A-Za-z0-9_-]{1,50}$',
    description:
      'The session to make, when the client chooses its id; made by the server otherwise. A call that names it may be repeated. `active` is reserved.',
  })
  @OptionalButNotNull()
  @MatchesRule(sessionIdProblem)
  id?: string;

  @IsFlag('Whether it becomes the active session. When left out: true.')
  activate?: boolean;

  @IsMetadata('What the client notes about the session.')
  @OptionalButNotNull()
  metadata?: JsonText;

  static session({ activate = true, metadata, ...fields }: CreateSessionDto): NewSession {
    return { ...fields, activate, metadata: metadata && toMetadata(metadata) };
  }
}

/** Anything but the title may be changed without it; nothing at all is a request without its title. */
const isTitleWanted = ({ title, ...others }: ChangeSessionDto) =>
  title !== undefined || Object.values<unknown>(others).every((field) => field === undefined);

export class ChangeSessionDto extends SessionContentDto {
  @ApiPropertyOptional(titleSchema)
  @ValidateIf(isTitleWanted)
  @MatchesRule(titleProblem)
  title?: string;

  @IsMetadata('Replaces all that the session has; null removes it.', { nullable: true })
  @ValidateIf(({ metadata }: ChangeSessionDto) => metadata !== undefined && metadata !== null)
  metadata?: JsonText | null;

  @ApiPropertyOptional({
    description:
      'The `id` of a message: the current branch becomes the one that runs through it, to the newest message that ' +
      'follows from it.',
  })
  @OptionalButNotNull()
  @MatchesRule(messageIdProblem)
  headId?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description:
      'The `sequence` up to which the messages are read. A lower one than before changes nothing, and a higher one than ' +
      'that of the last message means that one. No change of the `version`.',
  })
  @OptionalButNotNull()
  @IsInt(sequenceRule)
  @Min(0, sequenceRule)
  @Max(Number.MAX_SAFE_INTEGER, sequenceRule)
  lastReadSequence?: number;

  static change({ metadata, headId, ...fields }: ChangeSessionDto): SessionChange {
    return {
      ...fields,
      metadata: metadata && toMetadata(metadata),
      headId: headId === undefined ? undefined : Number(headId),
    };
  }
}
