import { Clock } from '../common/clock.js';
import { DatabaseUnavailableError, OutcomeUnknownError } from '../database/database.errors.js';
import type { TransactionRunner } from '../database/transactions/transaction-runner.js';
import type { OwnersService } from '../owners/owners.service.js';
import type { QuotasService } from '../quotas/quotas.service.js';
import type { DeletedSessionsRepository } from './deleted-sessions.repository.js';
import type { SessionSummariesService } from './session-summaries.service.js';
import type { TrashService } from '../trash/trash.service.js';
import type { SessionTrashRepository } from './session-trash.repository.js';
import { SessionNotFoundError } from './session.errors.js';
import type { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';

describe('SessionsService.activate', () => {
  function activate(findOne: SessionsRepository['findOne']): Promise<unknown> {
    const service = new SessionsService(
      { findOne } as SessionsRepository,
      {} as SessionSummariesService,
      {} as SessionTrashRepository,
      {} as TrashService,
      {} as DeletedSessionsRepository,
      { activate: () => Promise.resolve(true) } as unknown as OwnersService,
      {} as QuotasService,
      {} as TransactionRunner,
      new Clock(),
    );
    return service.activate({ userId: 1, activityId: 1 }, 's');
  }

  it('does not promise that nothing was changed when the session cannot be read afterwards', async () => {
    await expect(activate(() => Promise.reject(new DatabaseUnavailableError()))).rejects.toThrow(OutcomeUnknownError);
  });

  it('says that a session is gone that was deleted meanwhile', async () => {
    await expect(activate(() => Promise.resolve(undefined))).rejects.toThrow(SessionNotFoundError);
  });
});
