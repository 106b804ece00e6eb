import { Module } from '@nestjs/common';
import { QuotasModule } from '../quotas/quotas.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ActiveMessagesController } from './active-messages.controller.js';
import { ContentConstraint, TimestampConstraint } from './message-constraints.js';
import { IdempotentSaver } from './idempotent-saver.js';
import { MessageListRepository } from './message-list.repository.js';
import { MessagesController } from './messages.controller.js';
import { MessagesRepository } from './messages.repository.js';
import { MessagesService } from './messages.service.js';

@Module({
  imports: [SessionsModule, QuotasModule],
  controllers: [MessagesController, ActiveMessagesController],
  providers: [
    MessagesRepository,
    MessageListRepository,
    IdempotentSaver,
    MessagesService,
    ContentConstraint,
    TimestampConstraint,
  ],
  exports: [MessagesService],
})
export class MessagesModule {}
