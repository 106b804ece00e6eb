import { Module } from '@nestjs/common';
import { OpenStreamsRepository } from './open-streams.repository.js';
import { QuotasService } from './quotas.service.js';
import { UsageCache } from './usage-cache.js';
import { UsageRepository } from './usage.repository.js';

@Module({
  providers: [QuotasService, UsageCache, UsageRepository, OpenStreamsRepository],
  exports: [QuotasService],
})
export class QuotasModule {}
