import { Module } from '@nestjs/common';
import { HitsRepository } from './hits.repository.js';
import { MatchesRepository } from './matches.repository.js';
import { MessageSearch } from './message-search.js';
import { SearchController } from './search.controller.js';
import { SearchService } from './search.service.js';
import { TitleSearch } from './title-search.js';

@Module({
  controllers: [SearchController],
  providers: [MatchesRepository, HitsRepository, MessageSearch, TitleSearch, SearchService],
})
export class SearchModule {}
