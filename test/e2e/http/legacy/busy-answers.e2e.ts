import { numbers, settleAll } from '../../../support/database/access.js';
import { bodyOfPairs, rawLegacy } from '../../../support/legacy/bodies.js';
import { TestServer } from '../../../support/http/server.js';
import { deadUrl } from '../../../support/legacy/upstream.js';
import { expectStatus } from '../../../support/rest/client.js';

/** On SQLite. */
const places = 16;

describe('a busy server in front of the original endpoint', () => {
  it('refuses without a body before the action is known, since it may be proxy_chat', async () => {
    const server = await TestServer.start({ LEGACY_UPSTREAM_URL: await deadUrl(), REQUEST_DEADLINE_MS: '6000' });
    const lock = server.dataSource.createQueryRunner();
    try {
      const others = await Promise.all(numbers(places).map(() => server.client()));
      // Later requests of theirs count for them, not for their address.
      for (const other of others) expectStatus(await other.sessions(), 200);
      await lock.startTransaction();
      const occupying = others.map((other) => other.sessions());
      await server.untilAtWork(places);
      const { body, type } = bodyOfPairs([['action', 'proxy_chat']], 'urlencoded');
      const { status, text, headers } = await rawLegacy(server, { body, headers: { 'content-type': type } });
      expect([status, text, Number(headers.get('retry-after')) > 0]).toEqual([503, '', true]);
      await lock.rollbackTransaction();
      await settleAll(occupying);
    } finally {
      if (lock.isTransactionActive) await lock.rollbackTransaction();
      await server.stop();
    }
  });
});
