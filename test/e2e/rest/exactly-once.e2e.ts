import type { MessageDto } from '../../../src/messages/message.dto.js';
import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { DatabaseState } from '../../../src/database/connection/database-state.js';
import { count, numbers, sqlOf } from '../../support/database/access.js';
import {
  atCommit,
  driverFault,
  killBeforeCommit,
  loseAnswerOfCommit,
  onEveryRunner,
  restoreRunners,
} from '../../support/database/faults.js';
import { engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';
import { waitUntil } from '../../support/run/wait-until.js';

describe('a message is saved exactly once', () => {
  let server: TestServer;
  let client: Client;
  let session: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    session = await client.newSession();
  });
  afterEach(restoreRunners);
  afterAll(() => server.stop());

  const named = { content: 'How long is the Nile?', clientMessageId: 'send-1' };

  function statuses(answers: Answer<unknown>[]): number[] {
    return answers.map(({ status }) => status).sort();
  }

  function stored(): Promise<number> {
    return count(sqlOf(server), 'writeassistdev_chat', 'userid = ?', [client.owner.userId]);
  }

  async function expectOneMessage(of: string, saved: MessageDto): Promise<void> {
    expect(expectStatus(await client.messages(of), 200).data).toEqual([saved]);
    expect(expectStatus(await client.session(of), 200).messageCount).toBe(1);
    expect(await stored()).toBe(1);
  }

  describe('sixteen sends at once with one clientMessageId', () => {
    const ways: [string, () => Promise<Answer<MessageDto>>][] = [
      ['into a session', () => client.save(session, named)],
      ['into the active session', () => client.saveToActive(named)],
    ];

    it.each(ways)('%s get one 201, fifteen 200, one body, and store one row', async (_name, send) => {
      const answers = await Promise.all(numbers(16).map(send));
      expect(statuses(answers)).toEqual([...numbers(15).map(() => 200), 201]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      await expectOneMessage(session, expectStatus(await send(), 200));
      expect(expectStatus(await client.save(session, { content: 'next' }), 201).sequence).toBe(2);
    });

    it('create one session and one row if there is no session', async () => {
      const fresh = await server.client();
      const answers = await Promise.all(numbers(16).map(() => fresh.saveToActive(named)));
      expect(statuses(answers)).toEqual([...numbers(15).map(() => 200), 201]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      const sessions = expectStatus(await fresh.sessions(), 200).data;
      expect(sessions).toMatchObject([{ id: answers[0]?.body.sessionId, isActive: true, messageCount: 1 }]);
    });

    it('with sixteen contents save one and answer fifteen with 409', async () => {
      const answers = await Promise.all(
        numbers(16).map((index) => client.save(session, { ...named, content: `text ${index}` })),
      );
      expect(statuses(answers)).toEqual([201, ...numbers(15).map(() => 409)]);
      const saved = answers.find(({ status }) => status === 201);
      expect(expectStatus(await client.messages(session), 200).data).toEqual([saved?.body]);
    });
  });

  describe('a second send with the same clientMessageId', () => {
    let saved: MessageDto;
    const timestamp = '2026-01-02T03:04:05.678Z';

    beforeEach(async () => {
      saved = expectStatus(await client.save(session, { ...named, timestamp }), 201);
    });

    it.each([
      ['with the same fields', { timestamp }],
      ['without the timestamp', {}],
      ['with the timestamp in another zone', { timestamp: '2026-01-02T04:04:05.678+01:00' }],
    ])('%s gets the first answer with 200 and no Location', async (_name, change) => {
      const answer = await client.save(session, { ...named, ...change });
      expect(expectStatus(answer, 200)).toEqual(saved);
      expect(answer.headers.get('location')).toBeNull();
      await expectOneMessage(session, saved);
    });

    it('to the active session gets the first answer, also after a switch', async () => {
      await client.newSession();
      expect(expectStatus(await client.saveToActive({ ...named, timestamp }), 200)).toEqual(saved);
      await expectOneMessage(session, saved);
    });

    it.each([
      ['content', { content: 'How long is the Rhine?' }],
      ['content by a space', { content: `${named.content} ` }],
      ['content by case', { content: named.content.toUpperCase() }],
      ['role', { role: 'assistant' }],
      ['timestamp', { timestamp: '2026-01-02T03:04:05.679Z' }],
    ])('with another %s gets 409 and changes nothing', async (_name, change) => {
      const answer = await client.save(session, { ...named, timestamp, ...change });
      expect(answer).toMatchObject({ status: 409, body: { code: 'client_message_id_conflict' } });
      await expectOneMessage(session, saved);
    });

    it('to another session gets 409 and changes neither session', async () => {
      const other = await client.newSession();
      expect((await client.save(other, { ...named, timestamp })).status).toBe(409);
      expect(expectStatus(await client.session(other), 200)).toMatchObject({ messageCount: 0 });
      await expectOneMessage(session, saved);
    });

    it('of another user saves a separate message', async () => {
      const other = await server.client();
      const otherSession = await other.newSession();
      expect(expectStatus(await other.save(otherSession, named), 201).id).not.toBe(saved.id);
    });

    it.each(['clearing', 'deleting the session'])('after %s permanently saves a new message', async (how) => {
      const query = '?permanently=true';
      if (how === 'clearing') expectStatus(await client.clear(session, query), 204);
      else expectStatus(await client.deleteSession(session, query), 204);
      await waitUntil(async () => (await stored()) === 0);
      const target = how === 'clearing' ? session : await client.newSession();
      expect(expectStatus(await client.save(target, named), 201).id).not.toBe(saved.id);
      expect(await stored()).toBe(1);
    });
  });

  it('leaves no gap in the sequence after repeated sends', async () => {
    for (const content of ['a', 'b', 'c']) {
      expectStatus(await client.save(session, { content, clientMessageId: content }), 201);
      expectStatus(await client.save(session, { content, clientMessageId: content }), 200);
    }
    const { data } = expectStatus(await client.messages(session), 200);
    expect(data.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  it('is stored at most once while the session is cleared repeatedly', async () => {
    for (const _round of numbers(20)) {
      const [first, second] = await Promise.all([
        client.save(session, named),
        client.save(session, named),
        client.clear(session).then((answer) => expectStatus(answer, 204)),
      ]);
      // 404 while it is in the trash.
      expect([200, 201, 404]).toContain(first.status);
      expect([200, 201, 404]).toContain(second.status);
      expect(await stored()).toBe(1);
    }
    while ((await client.restoreMessages(session)).status === 200);
    expect(expectStatus(await client.session(session), 200).messageCount).toBe(1);
  });

  describe('when the answer of the commit is lost', () => {
    it('a message with a clientMessageId is answered normally and stored once', async () => {
      loseAnswerOfCommit(server.dataSource);
      const answer = await client.save(session, named);
      expect([200, 201]).toContain(answer.status);
      await expectOneMessage(session, answer.body);
      expect(expectStatus(await client.save(session, named), 200)).toEqual(answer.body);
    });

    it('a message with a clientMessageId to a new session creates one session and one row', async () => {
      const fresh = await server.client();
      loseAnswerOfCommit(server.dataSource);
      const answer = await fresh.saveToActive(named);
      expect([200, 201]).toContain(answer.status);
      expect(expectStatus(await fresh.sessions(), 200).data).toMatchObject([
        { id: answer.body.sessionId, messageCount: 1 },
      ]);
    });

    it('a message without a clientMessageId gets 503 and is not retried', async () => {
      loseAnswerOfCommit(server.dataSource);
      const answer = await client.save(session, { content: 'x' });
      expect(answer).toMatchObject({ status: 503, body: { code: 'outcome_unknown' } });
      expect(answer.headers.get('retry-after')).not.toBeNull();
      expect(await stored()).toBe(1);
    });

    it('a session with a given id is created once, and a second request gets 200', async () => {
      loseAnswerOfCommit(server.dataSource);
      expect(await client.createSession({ id: 'mine' })).toMatchObject({
        status: 503,
        body: { code: 'outcome_unknown' },
      });
      expectStatus(await client.createSession({ id: 'mine' }), 200);
      expect(expectStatus(await client.sessions(), 200).data).toHaveLength(2);
    });
  });

  it('a message that begins to be written is acknowledged when the database is gone after the commit', async () => {
    const state = server.app.get(DatabaseState, { strict: false });
    atCommit(server.dataSource, 1, async (commit) => {
      await commit();
      state.isReady = false;
    });
    const message = { content: 'The ', status: 'in_progress' } as const;
    const answer = await client.save(session, message).finally(() => (state.isReady = true));
    expect(answer).toMatchObject({ status: 201, body: { content: 'The ', contentBytes: 4 } });
    expect(await stored()).toBe(1);
  });

  if (engine() === 'mariadb') {
    describe('when the connection is killed before the commit', () => {
      it('a message with a clientMessageId is saved by the next attempt', async () => {
        killBeforeCommit(server.dataSource);
        await expectOneMessage(session, expectStatus(await client.save(session, named), 201));
      });

      it('a message with a clientMessageId gets 503 if every attempt is killed, and can be sent again', async () => {
        killBeforeCommit(server.dataSource, 3);
        expect(await client.save(session, named)).toMatchObject({ status: 503, body: { code: 'outcome_unknown' } });
        expect(await stored()).toBe(0);
        await expectOneMessage(session, expectStatus(await client.save(session, named), 201));
      });

      it('a message without a clientMessageId gets 503 and is not stored', async () => {
        killBeforeCommit(server.dataSource);
        expect(await client.save(session, { content: 'x' })).toMatchObject({
          status: 503,
          body: { code: 'outcome_unknown' },
        });
        expect(await stored()).toBe(0);
      });
    });
  }

  it('is saved by a later attempt when the database rolls back the first two', async () => {
    let left = 2;
    onEveryRunner(server.dataSource, (runner) => {
      const commit = runner.commitTransaction.bind(runner);
      runner.commitTransaction = () => {
        if (left-- > 0) return Promise.reject(driverFault(engine(), engine() === 'mariadb' ? 1213 : 5));
        return commit();
      };
    });
    const answer = await client.save(session, { content: 'x' });
    await expectOneMessage(session, expectStatus(answer, 201));
    expect(answer.body.sequence).toBe(1);
  });
});
