import type { Owner } from '../../../src/owners/owner.js';
import { foldTitle } from '../../../src/common/fold.js';
import { numbers } from '../database/access.js';
import type { TestServer } from '../http/server.js';

/** What the tests of lists set in a row. */
export interface PlantedSession {
  title: string;
  pinned: number;
}

const perStatement = 500;

/** Inserts sessions for an owner who has one already, faster than the API: `made(0)` has the oldest activity. */
export async function plantSessions(
  { dataSource }: TestServer,
  { activityId, userId }: Owner,
  count: number,
  made: (index: number) => PlantedSession,
): Promise<void> {
  for (let start = 0; start < count; start += perStatement) {
    const indexes = numbers(Math.min(perStatement, count - start)).map((index) => start + index);
    const rows = indexes.map((index) => {
      const { title, pinned } = made(index);
      return [activityId, userId, `planted-${index}`, title, foldTitle(title), pinned, index + 1, index + 1, index + 1];
    });
    await dataSource.query(
      `INSERT INTO writeassistdev_chat_sessions (writeassistdevid, userid, session_id, title, title_folded, pinned,
         last_activity_at, created_at, modified_at)
       VALUES ${rows.map((row) => `(${row.map(() => '?').join()})`).join()}`,
      rows.flat(),
    );
  }
}
