import { Module } from '@nestjs/common';
import { QuotasService } from './quotas.service.js';
import { UsageCache } from './usage-cache.js';
import { UsageRepository } from './usage.repository.js';

@Module({ providers: [QuotasService, UsageCache, UsageRepository], exports: [QuotasService] })
export class QuotasModule {}
