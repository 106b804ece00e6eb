import type { MessageDto } from '../../../src/messages/message.dto.js';
import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { count, numbers, sqlOf } from '../../support/database/access.js';
import { driverFault, killBeforeCommit, loseAnswerOfCommit, onEveryRunner } from '../../support/database/faults.js';
import { engine } from '../../support/database/test-database.js';
import { TestServer } from '../../support/http/server.js';

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

  describe('sixteen times at once under one name', () => {
    const ways: [string, () => Promise<Answer<MessageDto>>][] = [
      ['into a session', () => client.save(session, named)],
      ['into the active session', () => client.saveToActive(named)],
    ];

    it.each(ways)('%s: one 201, fifteen 200, one body, one row', async (_name, send) => {
      const answers = await Promise.all(numbers(16).map(send));
      expect(statuses(answers)).toEqual([...numbers(15).map(() => 200), 201]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      await expectOneMessage(session, expectStatus(await send(), 200));
      expect(expectStatus(await client.save(session, { content: 'next' }), 201).sequence).toBe(2);
    });

    it('without any session: one session, one row', async () => {
      const fresh = await server.client();
      const answers = await Promise.all(numbers(16).map(() => fresh.saveToActive(named)));
      expect(statuses(answers)).toEqual([...numbers(15).map(() => 200), 201]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      const sessions = expectStatus(await fresh.sessions(), 200).data;
      expect(sessions).toMatchObject([{ id: answers[0]?.body.sessionId, isActive: true, messageCount: 1 }]);
    });

    it('with sixteen contents: one is saved, fifteen are told of the conflict', async () => {
      const answers = await Promise.all(
        numbers(16).map((index) => client.save(session, { ...named, content: `text ${index}` })),
      );
      expect(statuses(answers)).toEqual([201, ...numbers(15).map(() => 409)]);
      const saved = answers.find(({ status }) => status === 201);
      expect(expectStatus(await client.messages(session), 200).data).toEqual([saved?.body]);
    });
  });

  describe('again under the same name', () => {
    let saved: MessageDto;
    const timestamp = '2026-01-02T03:04:05.678Z';

    beforeEach(async () => {
      saved = expectStatus(await client.save(session, { ...named, timestamp }), 201);
    });

    it.each([
      ['the same', { timestamp }],
      ['without the timestamp', {}],
      ['with the timestamp in another zone', { timestamp: '2026-01-02T04:04:05.678+01:00' }],
    ])('%s: the first answer, 200 and no Location', async (_name, change) => {
      const answer = await client.save(session, { ...named, ...change });
      expect(expectStatus(answer, 200)).toEqual(saved);
      expect(answer.headers.get('location')).toBeNull();
      await expectOneMessage(session, saved);
    });

    it('into the active session, also after a switch: the first answer', async () => {
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
    ])('with another %s: 409, and the first is untouched', async (_name, change) => {
      const answer = await client.save(session, { ...named, timestamp, ...change });
      expect(answer).toMatchObject({ status: 409, body: { code: 'client_message_id_conflict' } });
      await expectOneMessage(session, saved);
    });

    it('into another session: 409, and both are untouched', async () => {
      const other = await client.newSession();
      expect((await client.save(other, { ...named, timestamp })).status).toBe(409);
      expect(expectStatus(await client.session(other), 200)).toMatchObject({ messageCount: 0 });
      await expectOneMessage(session, saved);
    });

    it('of another user: a message of its own', async () => {
      const other = await server.client();
      const otherSession = await other.newSession();
      expect(expectStatus(await other.save(otherSession, named), 201).id).not.toBe(saved.id);
    });

    it.each(['clearing', 'deleting the session'])('after %s: saved anew', async (how) => {
      if (how === 'clearing') expectStatus(await client.clear(session), 204);
      else expectStatus(await client.deleteSession(session), 204);
      const target = how === 'clearing' ? session : await client.newSession();
      expect(expectStatus(await client.save(target, named), 201).id).not.toBe(saved.id);
      expect(await stored()).toBe(1);
    });
  });

  it('leaves no gap where a repeated send was undone', async () => {
    for (const content of ['a', 'b', 'c']) {
      expectStatus(await client.save(session, { content, clientMessageId: content }), 201);
      expectStatus(await client.save(session, { content, clientMessageId: content }), 200);
    }
    const { data } = expectStatus(await client.messages(session), 200);
    expect(data.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  it('while clearing takes its namesake away again and again: 200 or 201, one row at most', async () => {
    for (const _round of numbers(20)) {
      const [first, second] = await Promise.all([
        client.save(session, named),
        client.save(session, named),
        client.clear(session).then((answer) => expectStatus(answer, 204)),
      ]);
      expect([200, 201]).toContain(first.status);
      expect([200, 201]).toContain(second.status);
      expect(await stored()).toBeLessThanOrEqual(1);
    }
    expect(expectStatus(await client.session(session), 200).messageCount).toBe(await stored());
  });

  describe('when the answer of the commit is lost', () => {
    it('a named one is answered as if nothing had been, and is one row', async () => {
      loseAnswerOfCommit(server.dataSource);
      const answer = await client.save(session, named);
      expect([200, 201]).toContain(answer.status);
      await expectOneMessage(session, answer.body);
      expect(expectStatus(await client.save(session, named), 200)).toEqual(answer.body);
    });

    it('a named one without any session makes one session and one row', async () => {
      const fresh = await server.client();
      loseAnswerOfCommit(server.dataSource);
      const answer = await fresh.saveToActive(named);
      expect([200, 201]).toContain(answer.status);
      expect(expectStatus(await fresh.sessions(), 200).data).toMatchObject([
        { id: answer.body.sessionId, messageCount: 1 },
      ]);
    });

    it('one without a name is answered 503, and never made two by ourselves', async () => {
      loseAnswerOfCommit(server.dataSource);
      const answer = await client.save(session, { content: 'x' });
      expect(answer).toMatchObject({ status: 503, body: { code: 'outcome_unknown' } });
      expect(answer.headers.get('retry-after')).not.toBeNull();
      expect(await stored()).toBe(1);
    });

    it('a session under a chosen id is made once, and its repetition answered 200', async () => {
      loseAnswerOfCommit(server.dataSource);
      expect(await client.createSession({ id: 'mine' })).toMatchObject({
        status: 503,
        body: { code: 'outcome_unknown' },
      });
      expectStatus(await client.createSession({ id: 'mine' }), 200);
      expect(expectStatus(await client.sessions(), 200).data).toHaveLength(2);
    });
  });

  if (engine() === 'mariadb') {
    describe('when the connection is killed before the commit', () => {
      it('a named one is saved by the next attempt', async () => {
        killBeforeCommit(server.dataSource);
        await expectOneMessage(session, expectStatus(await client.save(session, named), 201));
      });

      it('a named one whose every attempt is killed is answered 503, and can be sent again', async () => {
        killBeforeCommit(server.dataSource, 3);
        expect(await client.save(session, named)).toMatchObject({ status: 503, body: { code: 'outcome_unknown' } });
        expect(await stored()).toBe(0);
        await expectOneMessage(session, expectStatus(await client.save(session, named), 201));
      });

      it('one without a name is answered 503, and is not there', async () => {
        killBeforeCommit(server.dataSource);
        expect(await client.save(session, { content: 'x' })).toMatchObject({
          status: 503,
          body: { code: 'outcome_unknown' },
        });
        expect(await stored()).toBe(0);
      });
    });
  }

  it('when the database undoes it once, it is saved by the next attempt', async () => {
    let left = 2;
    const restore = onEveryRunner(server.dataSource, (runner) => {
      const commit = runner.commitTransaction.bind(runner);
      runner.commitTransaction = () => {
        if (left-- > 0) return Promise.reject(driverFault(engine(), engine() === 'mariadb' ? 1213 : 5));
        return commit();
      };
    });
    const answer = await client.save(session, { content: 'x' });
    restore();
    await expectOneMessage(session, expectStatus(answer, 201));
    expect(answer.body.sequence).toBe(1);
  });
});
