import { Module } from '@nestjs/common';
import { BranchesModule } from '../branches/branches.module.js';
import { OwnersModule } from '../owners/owners.module.js';
import { QuotasModule } from '../quotas/quotas.module.js';
import { DeletedSessionsRepository } from './deleted-sessions.repository.js';
import { SessionBulkController } from './session-bulk.controller.js';
import { SessionBulkService } from './session-bulk.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionListRepository } from './session-list.repository.js';
import { SessionListService } from './session-list.service.js';
import { SessionSummariesRepository } from './session-summaries.repository.js';
import { SessionSummariesService } from './session-summaries.service.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

@Module({
  imports: [OwnersModule, QuotasModule, BranchesModule],
  controllers: [SessionsController, SessionBulkController],
  providers: [
    SessionsRepository,
    SessionListRepository,
    SessionSummariesRepository,
    DeletedSessionsRepository,
    SessionSummariesService,
    SessionsService,
    SessionListService,
    SessionBulkService,
  ],
  exports: [SessionsService, SessionListService, SessionSummariesService],
})
export class SessionsModule {}
