import { Module } from '@nestjs/common';
import { BranchesModule } from '../branches/branches.module.js';
import { OwnersModule } from '../owners/owners.module.js';
import { TrashModule } from '../trash/trash.module.js';
import { QuotasModule } from '../quotas/quotas.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ActiveMessagesController } from './active-messages.controller.js';
import { constraints } from './message-constraints.js';
import { IdempotentSaver } from './idempotent-saver.js';
import { MessageAppender } from './message-appender.js';
import { MessageBatchController } from './message-batch.controller.js';
import { MessageBatchService } from './message-batch.service.js';
import { MessageListRepository } from './message-list.repository.js';
import { MessagesController } from './messages.controller.js';
import { MessagesRepository } from './messages.repository.js';
import { MessageReader } from './message-reader.js';
import { MessageBranchesService } from './message-branches.service.js';
import { MessageRevisionsController } from './message-revisions.controller.js';
import { MessageRevisionsService } from './message-revisions.service.js';
import { MessageStreamsController } from './message-streams.controller.js';
import { MessageStreamsRepository } from './message-streams.repository.js';
import { MessageStreamsService } from './message-streams.service.js';
import { MessageTrashController } from './message-trash.controller.js';
import { MessageTrashRepository } from './message-trash.repository.js';
import { MessageTrashService } from './message-trash.service.js';
import { MessageTextsRepository } from './message-texts.repository.js';
import { MessagesService } from './messages.service.js';
import { StreamLimits } from './stream-limits.js';

@Module({
  imports: [BranchesModule, OwnersModule, SessionsModule, TrashModule, QuotasModule],
  controllers: [
    MessagesController,
    MessageBatchController,
    MessageStreamsController,
    MessageRevisionsController,
    MessageTrashController,
    ActiveMessagesController,
  ],
  providers: [
    MessagesRepository,
    MessageListRepository,
    MessageTextsRepository,
    MessageStreamsRepository,
    StreamLimits,
    MessageReader,
    IdempotentSaver,
    MessageAppender,
    MessageBatchService,
    MessagesService,
    MessageStreamsService,
    MessageBranchesService,
    MessageRevisionsService,
    MessageTrashRepository,
    MessageTrashService,
    ...constraints,
  ],
  exports: [MessagesService],
})
export class MessagesModule {}
