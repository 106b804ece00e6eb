import { expectStatus, type Client } from '../../../support/rest/client.js';
import { LegacyClient, encodings, failure, messageId, type Encoding } from '../../../support/legacy/client.js';
import { storedOf } from '../../../support/legacy/stored-rows.js';
import { TestServer } from '../../../support/http/server.js';

const newYear = 1640995200000;
const minute = 60_000;

describe('the times of messages', () => {
  let server: TestServer;
  let client: LegacyClient;
  let rest: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await LegacyClient.of(server);
    rest = await server.client(client.owner);
  });
  afterAll(() => server.stop());

  const save = (timestamp: unknown, encoding: Encoding, action = 'append_message') =>
    client.call(
      action,
      { session_id: 'chat-1', role: 'user', content: `${action} ${encoding}`, timestamp },
      { encoding },
    );
  const saved = async () => (await storedOf(server, client.owner)).messages;
  const expectNow = async (began: number) => {
    for (const { timestamp, created_at: createdAt } of await saved()) {
      expect(timestamp).toBe(createdAt);
      expect(timestamp).toBeGreaterThanOrEqual(began);
      expect(timestamp).toBeLessThanOrEqual(Date.now());
    }
  };

  it.each<[string, string | number, number]>([
    ['seconds', '1640995200', newYear],
    ['a number of seconds', 1640995200, newYear],
    ['seconds with a fraction', '1640995200.5', newYear + 500],
    ['a number of seconds with a fraction', 1640995200.123, newYear + 123],
    ['seconds with microseconds', '1640995200.123456', newYear + 123],
    ['milliseconds', '1640995200789', newYear + 789],
    ['a number of milliseconds', 1640995200789, newYear + 789],
    ['the first milliseconds', '10000000000', 10_000_000_000],
    ['the first second', '1', 1000],
    ['0', '0', 0],
    ['a time of UTC', '2022-01-01T00:00:00Z', newYear],
    ['a time of UTC in milliseconds, as pages send', '2022-01-01T00:00:00.789Z', newYear + 789],
    ['a time with a positive offset', '2022-01-01T05:45:00.001+05:45', newYear + 1],
    ['a time with a negative offset', '2021-12-31T19:00:00-05:00', newYear],
    ['a zone without a colon', '2022-01-01T01:00:00+0100', newYear],
    ['a time without a zone', '2022-01-01T00:00:00', newYear],
    ['a time without a zone in milliseconds', '2022-01-01T00:00:00.250', newYear + 250],
    ['a time with a space', '2022-01-01 00:00:00', newYear],
    ['a time with a space in milliseconds', '2022-01-01 00:00:00.250', newYear + 250],
    ['the last day of February of a leap year', '2020-02-29 12:00:00', Date.UTC(2020, 1, 29, 12)],
    ['the first second of 1970 as a time', '1970-01-01 00:00:00', 0],
    ['white space around it', ' 1640995200\n', newYear],
  ])('are read from %s: %j', async (_, timestamp, expected) => {
    for (const encoding of encodings) {
      messageId(await save(timestamp, encoding));
      messageId(await save(timestamp, encoding, 'save_session_message'));
    }
    expect((await saved()).map((row) => row.timestamp)).toEqual(Array<number>(6).fill(expected));
    const seen = (await client.messages('chat-1')).map((row) => row.timestamp);
    expect(seen).toEqual(Array<number>(6).fill(Math.floor(expected / 1000)));
    const { data } = expectStatus(await rest.messages('chat-1', '?limit=1'), 200);
    expect(data.map((row) => Date.parse(row.timestamp))).toEqual([expected]);
    // The history gives each message a different time, which pages convert to milliseconds and send back.
    const history = await client.history();
    expect(history.map((row) => Math.floor(row.timestamp * 1000) - expected)).toEqual([5, 4, 3, 2, 1, 0]);
    for (const [index, row] of history.entries()) {
      expect(await client.history({ before: row.timestamp })).toEqual(history.slice(index + 1));
    }
  });

  it.each([
    undefined,
    '',
    ' ',
    'yesterday',
    'null',
    'NaN',
    'Infinity',
    '-1',
    '-1640995200',
    '1e9',
    '0x61cf9980',
    '1640995200abc',
    '1640995200,5',
    '1640995200.',
    '.5',
    '1 640 995 200',
    '１６４０９９５２００',
    '99999999999999999',
    '9'.repeat(400),
    '2022-13-01 00:00:00',
    '2022-02-30T00:00:00Z',
    '2021-02-29 00:00:00',
    '2022-01-01T24:00:00Z',
    '2022-01-01T00:60:00Z',
    '0000-00-00 00:00:00',
    '1969-12-31T23:59:59Z',
    '01/02/2022',
    'Sat, 01 Jan 2022 00:00:00 GMT',
    "'; DROP TABLE writeassistdev_chat; --",
    '2022-01-01T00:00:00Z\u00002',
  ])('are the current time instead of %j', async (timestamp) => {
    const began = Date.now();
    for (const encoding of encodings) {
      messageId(await save(timestamp, encoding));
      messageId(await save(timestamp, encoding, 'save_session_message'));
    }
    expect(await saved()).toHaveLength(6);
    await expectNow(began);
  });

  it.each([-1, -0.5, 1e-7, 1e16, 1e21, 1e300, Number.MAX_SAFE_INTEGER])(
    'are the current time instead of the number %d',
    async (number) => {
      const began = Date.now();
      messageId(await save(number, 'json'));
      expect(await saved()).toHaveLength(1);
      await expectNow(began);
    },
  );

  const forms: [string, (time: number) => string | number][] = [
    ['seconds', (time) => Math.floor(time / 1000)],
    ['milliseconds', (time) => String(time)],
    ['a time of UTC', (time) => new Date(time).toISOString()],
    ['a time with a space', (time) => new Date(time).toISOString().replace('T', ' ').slice(0, 19)],
  ];

  it.each(forms)('may be four minutes ahead: %s', async (_, form) => {
    const ahead = form(Date.now() + 4 * minute);
    for (const encoding of encodings) messageId(await save(ahead, encoding));
    for (const { timestamp, created_at: createdAt } of await saved()) {
      expect(timestamp - createdAt).toBeGreaterThan(3 * minute);
      expect(timestamp - createdAt).toBeLessThanOrEqual(4 * minute);
    }
  });

  it.each([...forms, ['the last second', () => '9999999999'] as const])(
    'are the current time instead of six minutes ahead: %s',
    async (_, form) => {
      const began = Date.now();
      const ahead = form(began + 6 * minute);
      for (const encoding of encodings) messageId(await save(ahead, encoding));
      expect(await saved()).toHaveLength(3);
      await expectNow(began);
    },
  );

  it('set the order of the messages of a session', async () => {
    const times = ['2022-01-01 00:00:02', 1640995201, '1640995200000', '2022-01-01T00:00:01.500Z'];
    for (const timestamp of times) messageId(await save(timestamp, 'json'));
    const [a, b, c, d] = (await saved()).map(({ id }) => id);
    expect((await client.messages('chat-1')).map(({ id }) => id)).toEqual([c, b, d, a]);
    expect((await client.history()).map(({ id }) => id)).toEqual([a, d, b, c]);
  });

  it('may have another format when a message is sent again', async () => {
    const forms = [1640995200, '1640995200000', '2022-01-01T00:00:00Z', '2022-01-01 00:00:00', undefined, 'junk'];
    const fields = { session_id: 'chat-1', role: 'user', content: 'x', client_message_id: 'm' };
    const ids = new Set<number>();
    for (const timestamp of forms) ids.add(messageId(await client.call('append_message', { ...fields, timestamp })));
    expect(ids.size).toBe(1);
    expect(await saved()).toHaveLength(1);
  });

  it('are required in the field before of the history', async () => {
    messageId(await save(1640995200, 'json'));
    for (const before of ['junk', '-1', '1e9', '2022-13-01', 'null']) {
      const answer = await client.call('load_chat_history_only', { before });
      expect(failure(answer, 400, 'invalid_parameter')).toBe(
        'Invalid parameter (before): it must be a time that this history has answered',
      );
    }
    expect(await client.history({ before: '' })).toHaveLength(1);
    expect(await client.history({ before: 1640995200 })).toEqual([]);
    expect(await client.history({ before: 1640995200.001 })).toHaveLength(1);
  });
});
