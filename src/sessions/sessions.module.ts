import { Module } from '@nestjs/common';
import { OwnersModule } from '../owners/owners.module.js';
import { QuotasModule } from '../quotas/quotas.module.js';
import { DeletedSessionsRepository } from './deleted-sessions.repository.js';
import { SessionCountsService } from './session-counts.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

@Module({
  imports: [OwnersModule, QuotasModule],
  controllers: [SessionsController],
  providers: [SessionsRepository, DeletedSessionsRepository, SessionsService, SessionCountsService],
  exports: [SessionsService, SessionCountsService],
})
export class SessionsModule {}
