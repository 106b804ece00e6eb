import { Module } from '@nestjs/common';
import { OwnersModule } from '../owners/owners.module.js';
import { QuotasModule } from '../quotas/quotas.module.js';
import { DeletionsRepository } from './deletions.repository.js';
import { PurgeLoop } from './purge-loop.js';
import { PurgeRepository } from './purge.repository.js';
import { PurgeService } from './purge.service.js';
import { TrashLimits } from './trash-limits.js';
import { TrashService } from './trash.service.js';

@Module({
  imports: [OwnersModule, QuotasModule],
  providers: [DeletionsRepository, TrashLimits, TrashService, PurgeRepository, PurgeService, PurgeLoop],
  exports: [TrashService],
})
export class TrashModule {}
