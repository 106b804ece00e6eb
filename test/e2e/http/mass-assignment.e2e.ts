import { sampleEnvironment } from '../../../src/openapi/sample-config.js';
import { actions } from '../../../src/legacy/actions.js';
import { legacyCalls } from '../../support/legacy/access.js';
import { addressOf, outcomeOf, restRoutes, tokenRoute, type Ids } from '../../support/rest/access.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { everyFieldName, everyRow } from '../../support/rest/field-names.js';
import { LegacyClient, encodings } from '../../support/legacy/client.js';
import { storedOf, type Stored } from '../../support/legacy/stored-rows.js';
import { itemAt } from '../../support/rest/data.js';
import { wrongFields } from '../../support/rest/problems.js';
import { full } from '../../support/run/full.js';
import { TestServer, newOwner } from '../../support/http/server.js';

const json = ['format', 'payload', 'metadata'];
const message = ['role', 'content', 'timestamp', 'clientMessageId', 'status', 'parentId', ...json];
/** The fields of each request. Listed here, so that a new field must be added on purpose. */
const fieldsOfRoutes: Record<string, string[]> = {
  [tokenRoute]: ['cmid', 'sesskey'],
  'POST /api/v1/sessions': ['title', 'id', 'activate', 'titleSource', 'pinned', 'archived', 'metadata'],
  'PATCH /api/v1/sessions/:sessionId': [
    'title',
    'titleSource',
    'pinned',
    'archived',
    'metadata',
    'headId',
    'lastReadSequence',
  ],
  'POST /api/v1/sessions/bulk': ['operation', 'ids'],
  'POST /api/v1/messages': [...message, 'sessionId'],
  'POST /api/v1/sessions/:sessionId/messages': message,
  'POST /api/v1/sessions/:sessionId/messages/batch': ['messages'],
  'PUT /api/v1/sessions/:sessionId/messages/:messageId': ['content', ...json],
  'PATCH /api/v1/sessions/:sessionId/messages/:messageId': [
    ...['lease', 'takeLease', 'offset', 'append', 'status'],
    ...json,
  ],
};
const legacyMessage = ['session_id', 'role', 'content', 'timestamp', 'client_message_id'];
const fieldsOfActions: Record<string, string[]> = {
  append_message: legacyMessage,
  save_session_message: legacyMessage,
  create_chat_session: ['title'],
  update_chat_title: ['session_id', 'title'],
  switch_chat_session: ['session_id'],
  clear_session_messages: ['session_id'],
  delete_chat_session: ['session_id'],
};
const ofEveryAction = ['action', 'cmid', 'sesskey'];
const readingActions = ['load_chat_history_only', 'get_chat_sessions', 'get_session_messages', 'test'];
const withoutFields = Object.keys(restRoutes).filter(
  (route) => !route.startsWith('GET') && fieldsOfRoutes[route] === undefined,
);

describe('a field that the request does not have', () => {
  let server: TestServer;
  let names: string[];
  let victim: Client;
  let client: Client;
  let ids: Ids;
  let theirs: Ids;
  let markedBefore: string[];

  beforeAll(async () => {
    server = await TestServer.start(sampleEnvironment);
    names = await everyFieldName(server);
    victim = await server.client();
    theirs = await begin(victim);
  });
  beforeEach(async () => {
    client = await server.client(newOwner(victim.owner.activityId + 1));
    ids = await begin(client);
    markedBefore = await markedRows();
  });
  afterAll(() => server.stop());

  async function begin(owner: Client): Promise<Ids> {
    const session = await owner.newSession({ title: 'Own' });
    const saved = expectStatus(await owner.save(session, { content: 'Own words', clientMessageId: 'named' }), 201);
    await owner.newSession({ title: 'Looked at' });
    return { session, message: saved.id };
  }

  /** Values whose effect would be visible: another owner's ids, and values that no row has. */
  const valuesOf = (name: string): (string | number | boolean)[] => {
    const mark = 77_000_000 + names.indexOf(name);
    const { userId, activityId } = victim.owner;
    if (/^user_?id$/i.test(name)) return [userId, String(userId)];
    if (/^(activity|writeassistdev|researchflow)_?id$/i.test(name)) return [activityId, String(activityId)];
    if (/session_?id$/i.test(name)) return [theirs.session, mark];
    if (/^(role|status)$/.test(name)) return ['system'];
    return [mark, `mass-${mark}`, true, false];
  };
  /** In a full run all of the values, otherwise one of them, which changes from name to name. */
  const sampleOf = <Value>(values: Value[], index: number) => full(values, [itemAt(values, index % values.length)]);
  const othersRows = () => everyRow(server, client.owner.userId);
  const markedRows = async () => (await everyRow(server)).filter((row) => /\b77000\d{3}\b/.test(row));
  /** Expects that no row of another owner has changed, and that none of the values was stored. */
  const expectOnlyOwn = async (othersBefore: string[]) => {
    expect(await othersRows()).toEqual(othersBefore);
    expect(await markedRows()).toEqual(markedBefore);
  };

  it('has the name of any column or field', () => {
    expect(names.length).toBeGreaterThan(50);
    expect(names).toEqual(
      expect.arrayContaining(['userid', 'userId', 'writeassistdevid', 'activeSessionId', 'active_session_id']),
    );
    expect(names).toEqual(expect.arrayContaining(['isActive', 'is_active', 'last_sequence', 'history_time', 'owner']));
  });

  it('is tested for every action that writes', () => {
    expect([...Object.keys(fieldsOfActions), ...readingActions].sort()).toEqual([...actions.keys()].sort());
    for (const [action, fields] of Object.entries(fieldsOfActions)) {
      expect([action, actions.get(action)?.fields]).toEqual([action, fields]);
    }
  });

  describe.each(Object.entries(fieldsOfRoutes))('is rejected with its name at %s', (route, own) => {
    it('with any value, and nothing is written', async () => {
      const before = await everyRow(server);
      const [method = ''] = route.split(' ');
      for (const name of names.filter((one) => !own.includes(one))) {
        for (const value of sampleOf([...valuesOf(name), null, { id: 1 }, [1]], names.indexOf(name))) {
          const body = { ...restRoutes[route]?.body, [name]: value };
          expect(wrongFields(await client.call(method, addressOf(route, ids), body))).toEqual([`/${name}`]);
        }
      }
      expect(await everyRow(server)).toEqual(before);
    });

    it('together with others, all of which are named', async () => {
      const before = await everyRow(server);
      const [method = ''] = route.split(' ');
      const foreign = names.filter((one) => !own.includes(one)).slice(0, 40);
      const fields = Object.fromEntries(foreign.map((name) => [name, itemAt(valuesOf(name), 0)]));
      const answer = await client.call(method, addressOf(route, ids), { ...restRoutes[route]?.body, ...fields });
      expect(wrongFields(answer)).toEqual(foreign.map((name) => `/${name}`).sort());
      expect(await everyRow(server)).toEqual(before);
    });
  });

  it.each(withoutFields)('is ignored at %s, which has no fields', async (route) => {
    const before = await othersRows();
    const fields = Object.fromEntries(names.slice(0, 50).map((name) => [name, itemAt(valuesOf(name), 0)]));
    const [method = ''] = route.split(' ');
    const answer = await client.call<unknown>(method, addressOf(route, ids), fields);
    expect(outcomeOf(answer)).toBe(restRoutes[route]?.owner);
    await expectOnlyOwn(before);
  });

  describe.each(Object.entries(fieldsOfActions))('is ignored by %s', (action, own) => {
    const foreign = () => names.filter((name) => !own.includes(name) && !ofEveryAction.includes(name));
    /** The active session afterwards, and the expected one. */
    const activeAfter = ({ active, sessions }: Stored, before: Stored) => {
      if (action === 'create_chat_session') return [active, itemAt(sessions, -1).session_id];
      return [active, action === 'switch_chat_session' ? ids.session : before.active];
    };

    it('with any value and in any encoding', async () => {
      const before = await othersRows();
      const ownBefore = await storedOf(server, client.owner);
      const page = new LegacyClient(server.url, client.token, client.owner);
      for (const name of foreign()) {
        for (const [index, value] of sampleOf(valuesOf(name), names.indexOf(name)).entries()) {
          const encoding = itemAt(encodings, (index + names.indexOf(name)) % encodings.length);
          const session = action === 'delete_chat_session' ? await client.newSession({ activate: false }) : ids.session;
          const fields = { ...legacyCalls[action]?.fields(session, ids.message), [name]: value };
          expect([name, outcomeOf(await page.call(action, fields, { encoding }))]).toEqual([name, '200']);
        }
      }
      const [active, expected] = activeAfter(await storedOf(server, client.owner), ownBefore);
      expect(active).toBe(expected);
      await expectOnlyOwn(before);
    });
  });
});
