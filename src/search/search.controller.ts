import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentOwner } from '../auth/current-owner.decorator.js';
import { ApiProblems, problemsFor } from '../openapi/api-problems.decorator.js';
import type { Owner } from '../owners/owner.js';
import { SearchPageDto, SearchQuery, defaultHits, searchPageExample, toSearchPageDto } from './search.dto.js';
import { SearchService } from './search.service.js';

@ApiTags('search')
@ApiBearerAuth()
@Controller('api/v1/search')
export class SearchController {
  constructor(private readonly searches: SearchService) {}

  @Get()
  @ApiOperation({
    operationId: 'search',
    summary: 'Search titles and messages',
    description:
      'Of all sessions of the owner, newest first, in pages: a message at its place in the history, a title where its ' +
      'session was made. A search of very many messages ends its page early, with a `nextCursor` to continue: a page ' +
      'may have fewer hits than `limit`, even none, before the last one.',
  })
  @ApiOkResponse({ type: SearchPageDto, example: searchPageExample, description: 'A page.' })
  @ApiProblems(problemsFor.reading, problemsFor.query)
  async search(@CurrentOwner() owner: Owner, @Query() query: SearchQuery): Promise<SearchPageDto> {
    const { q, limit = defaultHits } = query;
    return toSearchPageDto(await this.searches.search(owner, q, limit, SearchQuery.position(query)));
  }
}
