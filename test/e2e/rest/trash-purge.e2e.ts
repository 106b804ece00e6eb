import { Clock } from '../../../src/common/clock.js';
import { PurgeLoop } from '../../../src/trash/purge-loop.js';
import { PurgeRepository, rowsPerStep } from '../../../src/trash/purge.repository.js';
import { PurgeService } from '../../../src/trash/purge.service.js';
import { count, numbers, sqlOf } from '../../support/database/access.js';
import { plantMessages } from '../../support/database/messages.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { idsOf, saveAll } from '../../support/rest/data.js';
import { refusal } from '../../support/rest/problems.js';
import { waitUntil } from '../../support/run/wait-until.js';

const dayMs = 24 * 60 * 60_000;
const deletions = 'writeassistdev_chat_deletions';

describe('purging the trash', () => {
  let server: TestServer;
  let client: Client;
  let session: string;
  let purging: PurgeService;
  let trash: PurgeRepository;

  beforeAll(async () => {
    server = await TestServer.start();
    purging = server.app.get(PurgeService, { strict: false });
    trash = server.app.get(PurgeRepository, { strict: false });
  });
  beforeEach(async () => {
    client = await server.client();
    session = await client.newSession({ id: `s-${client.owner.userId}` });
    await saveAll(client, session, [{ content: 'one' }, { content: 'two', status: 'in_progress' }]);
    await saveAll(client, session, [{ content: 'three' }]);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => server.stop());

  /** For the trash: tokens have another clock. */
  const passTime = (ms: number) => {
    jest.spyOn(server.app.get(Clock, { strict: false }), 'now').mockImplementation(() => Date.now() + ms);
  };
  const rows = (table: string) => count(sqlOf(server), table, 'userid = ?', [client.owner.userId]);
  /** The rows of sessions, messages, streams and deletions. */
  const held = () =>
    Promise.all(
      ['writeassistdev_chat_sessions', 'writeassistdev_chat', 'writeassistdev_chat_streams', deletions].map(rows),
    );
  const contents = async () => expectStatus(await client.messages(session), 200).data.map(({ content }) => content);
  const withoutLoop = () => jest.spyOn(PurgeLoop.prototype, 'wake').mockImplementation(() => undefined);
  const plant = (messages: number) => plantMessages(server, client.owner, session, messages);

  it('leaves what is not due', async () => {
    expectStatus(await client.clear(session), 204);
    await saveAll(client, session, [{ content: 'four' }]);
    expectStatus(await client.deleteSession(session), 204);
    passTime(30 * dayMs - 60_000);
    await purging.run();
    expect(await held()).toEqual([1, 4, 1, 2]);
  });

  it('removes a session with all that it has after TRASH_DAYS, and nothing else', async () => {
    const other = await client.newSession();
    await saveAll(client, other, [{ content: 'kept' }]);
    expectStatus(await client.clear(session), 204);
    expectStatus(await client.deleteSession(session), 204);
    passTime(30 * dayMs);
    refusal(await client.restoreSession(session), 404, 'session_not_found');
    expect(expectStatus(await client.sessions('?state=trash'), 200).data).toEqual([]);
    expect(idsOf(expectStatus(await client.sessions('?state=all'), 200).data)).toEqual([other]);
    await purging.run();
    expect(await held()).toEqual([1, 1, 0, 0]);
  });

  it('removes cleared messages after TRASH_DAYS, and none that were saved since', async () => {
    expectStatus(await client.clear(session), 204);
    await saveAll(client, session, [{ content: 'four' }]);
    passTime(30 * dayMs);
    refusal(await client.restoreMessages(session), 404, 'nothing_in_trash');
    await purging.run();
    expect(await contents()).toEqual(['four']);
    expect(await held()).toEqual([1, 1, 0, 0]);
    expect(expectStatus(await client.session(session), 200).messageCount).toBe(1);
  });

  it('happens at once with permanently=true, also of a session in the trash', async () => {
    expectStatus(await client.clear(session, '?permanently=true'), 204);
    await waitUntil(async () => (await rows('writeassistdev_chat')) === 0);
    await saveAll(client, session, [{ content: 'four' }]);
    expectStatus(await client.deleteSession(session), 204);
    expectStatus(await client.deleteSession(session, '?permanently=true'), 204);
    await waitUntil(async () => (await rows('writeassistdev_chat_sessions')) === 0);
    expect(await held()).toEqual([0, 0, 0, 0]);
  });

  it('takes messages along that were deleted by themselves, also when a permanent clear finds no other', async () => {
    const ids = idsOf(expectStatus(await client.messages(session), 200).data);
    for (const id of ids.toReversed()) expectStatus(await client.deleteMessage(session, id), 204);
    const { version } = expectStatus(await client.session(session), 200);
    expectStatus(await client.clear(session), 204);
    expect(await held()).toEqual([1, 3, 1, 3]);
    expectStatus(await client.clear(session, '?permanently=true'), 204);
    for (const id of ids) refusal(await client.restoreMessage(session, id), 404, 'message_not_found');
    await waitUntil(async () => (await rows(deletions)) === 0);
    expect(await held()).toEqual([1, 0, 0, 0]);
    // There was nothing to clear, which is no change.
    expect(expectStatus(await client.session(session), 200).version).toBe(version);
  });

  it('ends the life of what is deleted permanently before anything is removed', async () => {
    withoutLoop();
    expectStatus(await client.clear(session, '?permanently=true'), 204);
    refusal(await client.restoreMessages(session), 404, 'nothing_in_trash');
    expectStatus(await client.deleteSession(session, '?permanently=true'), 204);
    refusal(await client.restoreSession(session), 404, 'session_not_found');
    refusal(await client.deleteSession(session, '?permanently=true'), 404, 'session_not_found');
    expect(expectStatus(await client.sessions('?state=all'), 200).data).toEqual([]);
    expect(await held()).toEqual([1, 3, 1, 2]);
    await purging.run();
    expect(await held()).toEqual([0, 0, 0, 0]);
  });

  it('goes in steps, and is continued by another server where one was stopped or killed', async () => {
    withoutLoop();
    await plant(5 * rowsPerStep);
    expectStatus(await client.deleteSession(session, '?permanently=true'), 204);
    const stopping = new AbortController();
    const step = jest.spyOn(trash, 'removeMessages').mockImplementationOnce(async (claimed, ids) => {
      step.mockRestore();
      await trash.removeMessages(claimed, ids);
      stopping.abort();
    });
    await purging.run(stopping.signal);
    expect(await rows('writeassistdev_chat')).toBe(3 + 4 * rowsPerStep);
    // Killed in the middle of a transaction, and its claim is left.
    jest.spyOn(trash, 'advance').mockRejectedValueOnce(new Error('killed'));
    await expect(purging.run()).rejects.toThrow('killed');
    expect(await rows('writeassistdev_chat')).toBe(3 + 4 * rowsPerStep);
    await purging.run();
    expect(await rows('writeassistdev_chat')).toBe(3 + 4 * rowsPerStep);
    passTime(60_001);
    await purging.run();
    expect(await held()).toEqual([0, 0, 0, 0]);
  });

  it('is done by one of several servers', async () => {
    withoutLoop();
    await plant(3 * rowsPerStep);
    expectStatus(await client.deleteSession(session, '?permanently=true'), 204);
    const removed = jest.spyOn(trash, 'removeMessages');
    await Promise.all(numbers(4).map(() => purging.run()));
    expect(await held()).toEqual([0, 0, 0, 0]);
    expect(removed).toHaveBeenCalledTimes(4);
  });

  it('ends for a server whose claim another one has taken', async () => {
    withoutLoop();
    await plant(2 * rowsPerStep);
    expectStatus(await client.deleteSession(session, '?permanently=true'), 204);
    const findStep = trash.findStep.bind(trash);
    jest.spyOn(trash, 'findStep').mockImplementationOnce(async (claimed) => {
      const found = await findStep(claimed);
      await sqlOf(server).execute(`UPDATE ${deletions} SET claimed_until = claimed_until + 1 WHERE userid = ?`, [
        client.owner.userId,
      ]);
      return found;
    });
    await purging.run();
    expect(await rows('writeassistdev_chat')).toBe(3 + 2 * rowsPerStep);
  });

  it('leaves the row to a session that is made under the id meanwhile', async () => {
    withoutLoop();
    await plant(3 * rowsPerStep);
    expectStatus(await client.deleteSession(session, '?permanently=true'), 204);
    const findStep = trash.findStep.bind(trash);
    let steps = 0;
    jest.spyOn(trash, 'findStep').mockImplementation(async (claimed) => {
      const found = await findStep(claimed);
      if (++steps === 2) {
        expectStatus(await client.createSession({ id: session, title: 'Anew' }), 201);
        await saveAll(client, session, [{ content: 'new' }]);
        refusal(await client.restoreMessages(session), 404, 'nothing_in_trash');
      }
      return found;
    });
    await purging.run();
    expect(await contents()).toEqual(['new']);
    expect(expectStatus(await client.session(session), 200)).toMatchObject({ title: 'Anew', messageCount: 1 });
    expect(await held()).toEqual([1, 1, 0, 0]);
  });

  it('removes at most 1 MiB in a step, and one larger message alone', async () => {
    withoutLoop();
    const sizes = [400, 700, 300, 1000, 10].map((kibibytes) => ({ content: 'x'.repeat(kibibytes * 1024) }));
    await saveAll(client, session, sizes);
    expectStatus(await client.clear(session, '?permanently=true'), 204);
    const removed = jest.spyOn(trash, 'removeMessages');
    await purging.run();
    expect(removed.mock.calls.map(([, ids]) => ids.length)).toEqual([4, 2, 2]);
    expect(await held()).toEqual([1, 0, 0, 0]);
  });

  it('keeps an older clearing restorable while and after a later one is purged', async () => {
    withoutLoop();
    expectStatus(await client.clear(session), 204);
    await saveAll(client, session, [{ content: 'purged' }]);
    expectStatus(await client.clear(session, '?permanently=true'), 204);
    refusal(await client.restoreMessages(session), 404, 'nothing_in_trash');
    await purging.run();
    expect(expectStatus(await client.restoreMessages(session), 200).messageCount).toBe(3);
    expect(await contents()).toEqual(['one', 'two', 'three']);
  });
});
