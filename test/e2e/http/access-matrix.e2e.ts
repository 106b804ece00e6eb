import { sampleEnvironment } from '../../../src/openapi/sample-config.js';
import { actions } from '../../../src/legacy/actions.js';
import type { Owner } from '../../../src/owners/owner.js';
import { legacyCalls, legacyRows } from '../../support/legacy/access.js';
import { callRoute, outcomeOf, restRoutes, type Ids } from '../../support/rest/access.js';
import { Client, expectStatus, type Answer } from '../../support/rest/client.js';
import { rowCounts } from '../../support/legacy/bodies.js';
import { LegacyClient, failure, firstAddress, laterAddress } from '../../support/legacy/client.js';
import { storedOf } from '../../support/legacy/stored-rows.js';
import { itemAt } from '../../support/rest/data.js';
import { comparableAnswer, refusal } from '../../support/rest/problems.js';
import { claims, seconds, signed, testSecret } from '../../support/rest/tokens.js';
import { routesOf } from '../../support/rest/routes.js';
import { full } from '../../support/run/full.js';
import { product } from '../../support/run/sample.js';
import { TestServer, newOwner } from '../../support/http/server.js';

const tokenOf = ({ userId, activityId }: Owner, changes: object = {}) =>
  signed(claims({ sub: String(userId), activity: activityId, ...changes }));

interface Caller {
  token: (owner: Owner) => string | undefined;
  may: 'unauthenticated' | 'stranger' | 'owner';
}

const callers: Record<string, Caller> = {
  anonymous: { may: 'unauthenticated', token: () => undefined },
  expired: { may: 'unauthenticated', token: (owner) => tokenOf(owner, { exp: seconds() - 60 }) },
  'another user': { may: 'stranger', token: ({ activityId }) => tokenOf(newOwner(activityId)) },
  'in another activity': {
    may: 'stranger',
    token: ({ userId, activityId }) => tokenOf({ userId, activityId: activityId + 1 }),
  },
  'the owner': { may: 'owner', token: (owner) => tokenOf(owner) },
};

function notListed(name: string): never {
  throw new Error(`there is no entry for ${name}`);
}

/** Texts that only the owner's chats have. */
const title = 'Zirconium notebook';
const content = 'Quartz under the lake';

describe('the access matrix', () => {
  let server: TestServer;
  let owner: Owner;
  let ids: Ids;

  beforeAll(async () => {
    server = await TestServer.start({ ...sampleEnvironment, JWT_SECRET: testSecret });
  });
  beforeEach(async () => {
    owner = newOwner();
    const client = await server.client(owner);
    const session = await client.newSession({ title });
    ids = { session, message: expectStatus(await client.save(session, { content, clientMessageId: 'named' }), 201).id };
  });
  afterAll(() => server.stop());

  /** The numbers of all rows, and the owner's rows. */
  const stored = async () => [await rowCounts(server), await storedOf(server, owner)];
  const nothingShown = ({ text }: Answer<unknown>) => {
    expect(text).not.toMatch(new RegExp(`${title}|${content}`));
    expect(text.replaceAll(/"instance":"[^"]*"/g, '')).not.toContain(ids.session);
  };
  const missing: Ids = { session: 'chat_1_1_1795367764_abcdefghijkl', message: '999999999' };
  const refused = (answer: Answer<unknown>) => outcomeOf(answer).includes(' ');

  it('lists every route of the router, and no other', () => {
    const legacy = [firstAddress, laterAddress].map((path) => `POST ${path}`);
    const expected = Object.keys(restRoutes).flatMap((route) => [
      route,
      ...(route.startsWith('GET ') ? [route.replace('GET', 'HEAD')] : []),
    ]);
    expect(routesOf(server)).toEqual([...expected, ...legacy].sort());
  });

  it('is said here for every action, and no other', () => {
    expect(Object.keys(legacyCalls).sort()).toEqual([...actions.keys()].sort());
  });

  describe.each(Object.entries(callers))('%s', (_, { may, token }) => {
    it.each(Object.entries(restRoutes))('at %s', async (route, expected) => {
      const before = await stored();
      const answer = await callRoute(server.url, route, ids, token(owner));
      expect(outcomeOf(answer)).toBe(expected[may]);
      if (refused(answer)) refusal(answer, answer.status, outcomeOf(answer).replace(/^\d+ /, ''));
      if (may !== 'owner') nothingShown(answer);
      if (refused(answer) || route.startsWith('GET')) expect(await stored()).toEqual(before);
      else if (may === 'stranger') expect(itemAt(await stored(), 1)).toEqual(itemAt(before, 1));
    });

    const reads = Object.keys(restRoutes).filter((route) => route.startsWith('GET'));
    it.each(full(reads, ['GET /livez', 'GET /api/v1/sessions/:sessionId/messages']))(
      'with HEAD at %s',
      async (route) => {
        const expected = restRoutes[route] ?? notListed(route);
        const answer = await callRoute(server.url, route, ids, token(owner), 'HEAD');
        expect([answer.status, answer.text]).toEqual([Number(expected[may].slice(0, 3)), '']);
      },
    );

    const everyAction = Object.keys(legacyCalls);
    const atFirst = product([firstAddress], everyAction);
    it.each(
      full([...atFirst, ...product([laterAddress], everyAction)], [...atFirst, [laterAddress, 'append_message']]),
    )('at %s with the action %s', async (path, action) => {
      const call = legacyCalls[action] ?? notListed(action);
      const before = await stored();
      const page = new LegacyClient(server.url, '', owner);
      const fields = { ...call.fields(ids.session, ids.message), sesskey: token(owner) };
      const answer = await page.call(action, fields, { path });
      expect(outcomeOf(answer)).toBe(may === 'unauthenticated' ? '401 unauthenticated' : call[may]);
      if (refused(answer)) failure(answer, answer.status, answer.body.code ?? '');
      else expect(answer.body.success).toBe(true);
      if (may !== 'owner') nothingShown(answer);
      if (refused(answer)) expect(await stored()).toEqual(before);
      else if (may === 'stranger') expect(itemAt(await stored(), 1)).toEqual(itemAt(before, 1));
    });
  });

  const strangers = Object.entries(callers).filter(([, { may }]) => may === 'stranger');
  describe.each(strangers)('%s gets the same answer for an existing id and a missing one', (_, { token }) => {
    const stranger = () => new Client(server.url, token(owner) ?? '', owner);
    const strangersPage = () => new LegacyClient(server.url, token(owner) ?? '', owner);
    // The names of documents are the same for everybody.
    const named = Object.keys(restRoutes).filter((route) => route.includes(':') && !route.includes('/documentation/'));

    it.each(named)('at %s', async (route) => {
      const key = token(owner);
      const theirs = await callRoute(server.url, route, ids, key);
      const absent = await callRoute(server.url, route, missing, key);
      refusal(theirs, 404, 'session_not_found');
      expect(comparableAnswer(theirs)).toBe(comparableAnswer(absent));
    });

    it('if only the message is of the owner', async () => {
      const client = stranger();
      const session = await client.newSession();
      const route = 'GET /api/v1/sessions/:sessionId/messages/:messageId';
      const theirs = await callRoute(server.url, route, { session, message: ids.message }, client.token);
      const absent = await callRoute(server.url, route, { session, message: missing.message }, client.token);
      refusal(theirs, 404, 'message_not_found');
      expect(comparableAnswer(theirs)).toBe(comparableAnswer(absent));
    });

    const naming = Object.entries(legacyCalls).filter(([, { fields }]) => 'session_id' in fields('x', '1'));
    it.each(naming)('with the action %s', async (action, { fields }) => {
      const page = strangersPage();
      for (const hasSession of [false, true]) {
        if (hasSession) await page.newSession('Own');
        const theirs = await page.call(action, fields(ids.session, ids.message));
        const absent = await page.call(action, fields(missing.session, missing.message));
        expect(comparableAnswer(theirs)).toBe(comparableAnswer(absent));
      }
    });

    it.each(legacyRows)('with the action %s and a row of the owner in the field %s', async (action, edge) => {
      const page = strangersPage();
      const session = await page.newSession('Own');
      const { sessions, messages } = await storedOf(server, owner);
      const row = action === 'get_chat_sessions' ? itemAt(sessions, 0).id : itemAt(messages, 0).id;
      const theirs = await page.call(action, { session_id: session, [edge]: row });
      const absent = await page.call(action, { session_id: session, [edge]: 999_999_999 });
      expect(theirs.status).toBe(404);
      expect(comparableAnswer(theirs)).toBe(comparableAnswer(absent));
    });

    it('when it creates a session with this id, which is free', async () => {
      const before = await storedOf(server, owner);
      const client = stranger();
      expectStatus(await client.createSession({ id: ids.session, title: 'Own' }), 201);
      expectStatus(await client.save(ids.session, { content: 'Own', clientMessageId: 'named' }), 201);
      expect(await storedOf(server, owner)).toEqual(before);
    });
  });
});
