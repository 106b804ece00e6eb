import type { Parameter, SqlClient } from '../../../src/database/sql/sql-client.js';
import { messageTrashQueries } from '../../../src/messages/message-trash.repository.js';
import { deletionQueries } from '../../../src/trash/deletions.repository.js';
import { purgeQueries, rowsPerStep } from '../../../src/trash/purge.repository.js';
import { openStreamsQueries } from '../../../src/quotas/open-streams.repository.js';
import { numbers, sqlOf } from '../../support/database/access.js';
import { plantMessages } from '../../support/database/messages.js';
import { engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus } from '../../support/rest/client.js';

const owner = { activityId: 7, userId: 500 };
const of = [owner.activityId, owner.userId];
const messages = 5000;
const ids = [1, 2, ...Array<null>(rowsPerStep - 2).fill(null)];

/** A statement with the index that it must use, and what its plan says on SQLite. */
type Statement = [name: string, text: string, parameters: Parameter[], index: string, plan: RegExp];
const statements: Statement[] = [
  [
    'the newest deletion of a session',
    deletionQueries.newest,
    [...of, 'large', 'clear'],
    'ix_chat_deletions_session',
    /INDEX ix_chat_deletions_session \(writeassistdevid=\? AND userid=\? AND chat_session_id=\?\)/,
  ],
  ['the usage', deletionQueries.usage, [...of, 0], 'ix_chat_deletions_session', /INDEX ix_chat_deletions_session /],
  [
    'the sizes',
    deletionQueries.sizes,
    [...of, 0],
    'ix_chat_deletions_session, PRIMARY, unique_chat_sequence',
    /INDEX ix_chat_deletions_session /,
  ],
  [
    'what expires with its session',
    deletionQueries.expireOfSession,
    [5, ...of, 'large', 5],
    'ix_chat_deletions_session',
    /INDEX ix_chat_deletions_session /,
  ],
  [
    'what expires with a newer one',
    deletionQueries.expireUntil,
    [5, ...of, 100, 5],
    'ix_chat_deletions_session',
    /INDEX ix_chat_deletions_session /,
  ],
  [
    'what is due',
    purgeQueries.due,
    [10, 10],
    'ix_chat_deletions_purge',
    /INDEX ix_chat_deletions_purge \(purge_at<\?\)/,
  ],
  [
    'the messages that are deleted',
    messageTrashQueries.counts,
    [...of, 'large', 1000, messages],
    'unique_chat_sequence',
    /INDEX sqlite_autoindex_writeassistdev_chat_\d \(.* AND sequence>\? AND sequence<\?\)/,
  ],
  [
    'the messages that are restored',
    messageTrashQueries.restore,
    [...of, 'large', 1000, messages, 5],
    'unique_chat_sequence',
    /INDEX sqlite_autoindex_writeassistdev_chat_\d \(.* AND sequence>\? AND sequence<\?\)/,
  ],
  [
    'the first message of a deletion',
    messageTrashQueries.first,
    [...of, 'large', 1000, messages, 5],
    'unique_chat_sequence',
    /INDEX sqlite_autoindex_writeassistdev_chat_\d \(.* AND sequence>\? AND sequence<\?\)/,
  ],
  [
    'the next messages of a step',
    purgeQueries.step,
    [...of, 'large', 1000, messages],
    'unique_chat_sequence, PRIMARY',
    /sqlite_autoindex_writeassistdev_chat_\d \(.* AND sequence>\? AND sequence<\?\)/,
  ],
  ['the messages that are removed', purgeQueries.remove, [...of, ...ids], 'PRIMARY', /INTEGER PRIMARY KEY/],
];

describe('query plans of the trash', () => {
  let server: TestServer;
  let sql: SqlClient;

  beforeAll(async () => {
    server = await TestServer.start();
    sql = sqlOf(server);
    const client = await server.client(owner);
    await client.newSession({ id: 'large' });
    await plantMessages(server, owner, 'large', messages);
    const rows = numbers(300).map((index) => [...of, 'large', 'clear', 0, 0, 1, 1, index, 1_000_000 + index]);
    await server.dataSource.query(
      `INSERT INTO writeassistdev_chat_deletions (writeassistdevid, userid, chat_session_id, kind, from_sequence,
         to_sequence, message_count, content_bytes, deleted_at, purge_at)
       VALUES ${rows.map((row) => `(${row.map(() => '?').join()})`).join()}`,
      rows.flat(),
    );
  });
  afterAll(() => server.stop());

  it.each(statements)('%s: the index is used, without a sort', async (_name, text, parameters, index, plan) => {
    if (engine() === 'mariadb') {
      const steps = await sql.query<{ key: string; Extra: string | null }>(`EXPLAIN ${text}`, parameters);
      expect(steps.map(({ key }) => key)).toEqual(index.split(', '));
      for (const { Extra } of steps) expect(Extra).not.toMatch(/filesort|temporary/);
      return;
    }
    const steps = await sql.query<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, parameters);
    const details = steps.map(({ detail }) => detail).join('\n');
    expect(details).toMatch(plan);
    expect(details).not.toMatch(/TEMP B-TREE|SCAN/);
  });

  it.each<[string, string, (string | number)[], string[]]>([
    ['of the owner', openStreamsQueries.live, of, ['m', 's']],
    ['of what is in the trash', openStreamsQueries.trashed, of, ['m', 's']],
    ['of a session', openStreamsQueries.inRange, [0, ...of, 'large', 0, 2 * messages], ['m']],
  ])(
    'the bytes of messages that are still written, %s: the streams are read first',
    async (_, text, parameters, then) => {
      const client = await server.client(owner);
      for (let count = 0; count < 5; count++) {
        expectStatus(await client.save('large', { role: 'assistant', content: '', status: 'in_progress' }), 201);
      }
      const explain = engine() === 'mariadb' ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN';
      const steps = await sql.query<{ key?: string; detail?: string }>(`${explain} ${text}`, parameters);
      if (engine() === 'mariadb') {
        expect(steps.map(({ key }) => key)).toEqual(
          ['PRIMARY', 'unique_chat_sequence', 'unique_session'].slice(0, 1 + then.length),
        );
        return;
      }
      const searched = steps.flatMap(({ detail = '' }) => /^(SEARCH \w+|SCAN .*)/.exec(detail)?.[1] ?? []);
      expect(searched).toEqual(['t', ...then].map((table) => `SEARCH ${table}`));
    },
  );
});
