import { Module } from '@nestjs/common';
import { BranchesModule } from '../branches/branches.module.js';
import { OwnersModule } from '../owners/owners.module.js';
import { QuotasModule } from '../quotas/quotas.module.js';
import { TrashModule } from '../trash/trash.module.js';
import { DeletedSessionsRepository } from './deleted-sessions.repository.js';
import { MessagesTrashController } from './messages-trash.controller.js';
import { SessionBulkController } from './session-bulk.controller.js';
import { SessionBulkService } from './session-bulk.service.js';
import { SessionTrashController } from './session-trash.controller.js';
import { SessionTrashRepository } from './session-trash.repository.js';
import { SessionTrashService } from './session-trash.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionChangesService } from './session-changes.service.js';
import { SessionListRepository } from './session-list.repository.js';
import { SessionListService } from './session-list.service.js';
import { SessionSummariesRepository } from './session-summaries.repository.js';
import { SessionSummariesService } from './session-summaries.service.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

@Module({
  imports: [OwnersModule, QuotasModule, BranchesModule, TrashModule],
  controllers: [SessionsController, SessionBulkController, SessionTrashController, MessagesTrashController],
  providers: [
    SessionsRepository,
    SessionListRepository,
    SessionSummariesRepository,
    DeletedSessionsRepository,
    SessionSummariesService,
    SessionTrashRepository,
    SessionsService,
    SessionChangesService,
    SessionTrashService,
    SessionListService,
    SessionBulkService,
  ],
  exports: [SessionsService, SessionChangesService, SessionListService, SessionSummariesService, SessionTrashService],
})
export class SessionsModule {}
