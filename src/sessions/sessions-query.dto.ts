import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { IsFlagInQuery, PageQuery } from '../http/pagination.dto.js';
import { IsCompatible, MatchesRule, OptionalButNotNull } from '../http/text-rule.js';
import { decodeSessionCursor } from './session-cursor.js';
import {
  maxMetadataNameCharacters,
  maxMetadataValueCharacters,
  metadataNameProblem,
  metadataValueProblem,
} from './session-metadata.js';
import { maxTitleQueryCodeUnits, maxTitleWords, titleQueryProblem, titleWords } from './title-words.js';
import { sessionOrders, sessionStates } from './session.js';
import type { SessionFilter, SessionOrder, SessionRange, SessionState } from './session.js';

const defaultOrder = 'activity';

export class SessionsQuery extends PageQuery {
  @ApiPropertyOptional({
    enum: sessionOrders,
    description:
      'By the last activity (the default) or by creation, the newest first; or by title, from a to z without regard to case ' +
      'and accents.',
  })
  @OptionalButNotNull()
  @IsIn(sessionOrders, { message: `must be one of ${sessionOrders.join(', ')}` })
  order?: SessionOrder;

  @ApiPropertyOptional({
    description: 'The `nextCursor` of the previous page of this order. Omit it to get the first page.',
  })
  @OptionalButNotNull()
  @IsCompatible(({ after, order = defaultOrder }) =>
    typeof after === 'string' && (!isOrder(order) || decodeSessionCursor(order, after))
      ? undefined
      : 'must be a nextCursor of this list',
  )
  after?: string;

  @ApiPropertyOptional({
    enum: sessionStates,
    description: 'Those that were not deleted (the default), those in the trash, or both.',
  })
  @OptionalButNotNull()
  @IsIn(sessionStates, { message: `must be one of ${sessionStates.join(', ')}` })
  state?: SessionState;

  @ApiPropertyOptional({ type: Boolean, description: 'Only those that are pinned, or only those that are not.' })
  @IsFlagInQuery()
  pinned?: boolean;

  @ApiPropertyOptional({ type: Boolean, description: 'Only those that are archived, or only those that are not.' })
  @IsFlagInQuery()
  archived?: boolean;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: maxMetadataNameCharacters,
    description: 'Only those whose metadata has this name with the value in `metadataValue`.',
  })
  @OptionalButNotNull()
  @MatchesRule(metadataNameProblem)
  @IsCompatible(({ metadataValue }) =>
    metadataValue === undefined ? 'must come together with metadataValue' : undefined,
  )
  metadataKey?: string;

  @ApiPropertyOptional({ maxLength: maxMetadataValueCharacters, description: 'Together with `metadataKey`.' })
  @OptionalButNotNull()
  @MatchesRule(metadataValueProblem)
  @IsCompatible(({ metadataKey }) => (metadataKey === undefined ? 'must come together with metadataKey' : undefined))
  metadataValue?: string;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: maxTitleQueryCodeUnits,
    description:
      `Only those whose title has all of these words, at most ${maxTitleWords}, in any order and without regard to case and ` +
      'accents. A word is found from its beginning; in scripts without spaces, anywhere.',
  })
  @OptionalButNotNull()
  @MatchesRule(titleQueryProblem)
  q?: string;

  static range(query: SessionsQuery): SessionRange {
    const { order = defaultOrder, after } = query;
    return {
      order,
      after: after === undefined ? undefined : decodeSessionCursor(order, after),
      filter: filterOf(query),
    };
  }
}

function isOrder(order: unknown): order is SessionOrder {
  return sessionOrders.some((one) => one === order);
}

/** Undefined without a condition. */
function filterOf({
  state = 'live',
  pinned,
  archived,
  metadataKey,
  metadataValue,
  q,
}: SessionsQuery): SessionFilter | undefined {
  const ofMetadata = metadataKey !== undefined && metadataValue !== undefined;
  if (state === 'live' && pinned === undefined && archived === undefined && q === undefined && !ofMetadata)
    return undefined;
  return {
    state,
    pinned,
    archived,
    metadata: ofMetadata ? { key: metadataKey, value: metadataValue } : undefined,
    titleWords: q === undefined ? undefined : titleWords(q),
  };
}
