import { requestStorage, type RequestContext } from '../../common/request-context.js';
import type { Config } from '../../config/config.js';
import type { SqlClient } from '../sql/sql-client.js';
import { DatabaseWork } from '../work/database-work.js';
import { DatabaseProbe } from './database-probe.js';
import type { DatabaseState } from './database-state.js';

const context = (hasLeft: boolean): RequestContext => ({
  ...{ caller: '127.0.0.1', hasLeft, waitedMs: 0, deadline: undefined },
  park: () => undefined,
});

describe('DatabaseProbe on SQLite', () => {
  it('neither waits behind requests nor depends on the one that asked first', async () => {
    const work = new DatabaseWork({ capacity: 1, maxPerCaller: 1, maxPerSession: 1, maxWaiting: 1 }, 60_000);
    const sql = { query: () => work.run('statement', () => Promise.resolve([])) } as unknown as SqlClient;
    const config = { database: { engine: 'sqlite' } } as Config;
    const probe = new DatabaseProbe({ isReady: true } as DatabaseState, sql, config);
    let finish!: () => void;
    const running = requestStorage.run(context(false), () =>
      work.run('statement', () => new Promise<void>((resolve) => (finish = resolve))),
    );
    const asked = [true, false].map((hasLeft) => requestStorage.run(context(hasLeft), () => probe.findMissing(10_000)));
    const early = await Promise.race([Promise.all(asked), new Promise((resolve) => setTimeout(resolve, 100, 'waits'))]);
    finish();
    await running;
    expect([early, await Promise.all(asked)]).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });
});
