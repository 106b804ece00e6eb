import { expectStatus, type Client } from '../../support/rest/client.js';
import { count, numbers, settleAll, sqlOf } from '../../support/database/access.js';
import { loseAnswerOfCommit, restoreRunners } from '../../support/database/faults.js';
import { refusal, wrongField } from '../../support/rest/problems.js';
import { itemAt } from '../../support/rest/data.js';
import { TestServer } from '../../support/http/server.js';

describe('a message for a session that must be the active one', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession({ title: 'Asked here' });
  });
  afterEach(restoreRunners);
  afterAll(() => server.stop());

  const answer = (fields: object = {}) => client.saveToActive({ role: 'assistant', content: 'late', ...fields });
  const state = async () => (await client.sessions()).text + (await client.messages(id)).text;
  const stored = () => count(sqlOf(server), 'writeassistdev_chat', 'userid = ?', [client.owner.userId]);

  async function expectRefused(fields: object, detail: string): Promise<void> {
    const before = (await client.sessions()).text;
    const messages = await stored();
    const refused = await answer(fields);
    refusal(refused, 409, 'session_not_active');
    expect(refused.body).toMatchObject({ detail });
    expect((await client.sessions()).text).toBe(before);
    expect(await stored()).toBe(messages);
  }

  it('is saved while it is the active one', async () => {
    expect(expectStatus(await answer({ sessionId: id }), 201)).toMatchObject({ sessionId: id, sequence: 1 });
    expect(expectStatus(await answer(), 201)).toMatchObject({ sessionId: id, sequence: 2 });
  });

  it('is rejected after a switch, which names the active one, and changes nothing', async () => {
    const other = await client.newSession();
    await expectRefused({ sessionId: id }, `The active session is "${other}"; nothing was saved.`);
    expectStatus(await client.activate(id), 200);
    expect(expectStatus(await answer({ sessionId: id }), 201).sequence).toBe(1);
  });

  it('is rejected after the session was deleted, and makes no session', async () => {
    expectStatus(await client.deleteSession(id), 204);
    await expectRefused({ sessionId: id }, 'No session is active; nothing was saved.');
    // Without the field it goes to a new session.
    expect(expectStatus(await answer(), 201).sessionId).not.toBe(id);
  });

  it('is rejected for somebody who has no session, and stores nothing about them', async () => {
    const newcomer = await server.client();
    const refused = await newcomer.saveToActive({ content: 'x', sessionId: 'mine' });
    refusal(refused, 409, 'session_not_active');
    const owners = count(sqlOf(server), 'writeassistdev_chat_owners', 'userid = ?', [newcomer.owner.userId]);
    expect(await owners).toBe(0);
  });

  it('is rejected for ids that are only similar, and for the session of another user', async () => {
    await client.newSession({ id: 'Mine' });
    const stranger = await server.client();
    const theirs = await stranger.newSession({ id: 'theirs' });
    for (const sessionId of ['mine', 'MINE', 'Mine_', id, theirs]) {
      await expectRefused({ sessionId }, 'The active session is "Mine"; nothing was saved.');
    }
  });

  it.each(['', ' ', 'active', 'a b', 'x'.repeat(51), 'é', `x' OR '1'='1`])(
    'names no invalid session: %j',
    async (sessionId) => {
      const before = await state();
      expect(wrongField(await answer({ sessionId })).pointer).toBe('/sessionId');
      expect(await state()).toBe(before);
    },
  );

  it('is not asked for in the path and the body at once', async () => {
    expect(wrongField(await client.save(id, { content: 'x', sessionId: id })).pointer).toBe('/sessionId');
  });

  describe('with a clientMessageId', () => {
    const named = { clientMessageId: 'send-1' };

    it('that was saved before gets the first answer after a switch', async () => {
      const saved = expectStatus(await answer({ ...named, sessionId: id }), 201);
      await client.newSession();
      expect(expectStatus(await answer({ ...named, sessionId: id }), 200)).toEqual(saved);
      expect(expectStatus(await answer(named), 200)).toEqual(saved);
      expect(await stored()).toBe(1);
    });

    it('that was saved before by another route gets the first answer', async () => {
      const saved = expectStatus(await client.save(id, { role: 'assistant', content: 'late', ...named }), 201);
      await client.newSession();
      expect(expectStatus(await answer({ ...named, sessionId: id }), 200)).toEqual(saved);
    });

    it('that was not saved before is rejected after a switch, and can be sent again', async () => {
      const other = await client.newSession();
      await expectRefused({ ...named, sessionId: id }, `The active session is "${other}"; nothing was saved.`);
      expectStatus(await client.activate(id), 200);
      expectStatus(await answer({ ...named, sessionId: id }), 201);
    });

    it('that names another session than the first time is a conflict', async () => {
      expectStatus(await answer({ ...named, sessionId: id }), 201);
      const other = await client.newSession();
      for (const sessionId of [other, 'unknown']) {
        const refused = await answer({ ...named, sessionId });
        refusal(refused, 409, 'client_message_id_conflict');
      }
      expect(await stored()).toBe(1);
    });

    it('is rejected after the first message was deleted with its session', async () => {
      expectStatus(await answer({ ...named, sessionId: id }), 201);
      expectStatus(await client.deleteSession(id), 204);
      refusal(await answer({ ...named, sessionId: id }), 404, 'message_in_trash');
    });

    it('is saved once when the answer of the commit is lost', async () => {
      loseAnswerOfCommit(server.dataSource);
      const saved = await answer({ ...named, sessionId: id });
      expect([200, 201]).toContain(saved.status);
      expect(await stored()).toBe(1);
    });
  });

  it('is saved there or rejected while others switch', async () => {
    const ids = [id, await client.newSession()];
    let switching = true;
    const switchOften = async () => {
      for (let round = 0; switching; round++) expectStatus(await client.activate(itemAt(ids, round % 2)), 200);
    };
    const switched = switchOften();
    const answers = numbers(40).map(async (index) => {
      const sessionId = itemAt(ids, index % 2);
      const { status, body } = await answer({ content: `${index}`, sessionId });
      if (status === 201) expect(body.sessionId).toBe(sessionId);
      else expect(status).toBe(409);
      return status;
    });
    const statuses = await Promise.all(answers).finally(() => (switching = false));
    await settleAll([switched]);
    expect(await stored()).toBe(statuses.filter((status) => status === 201).length);
  });
});
