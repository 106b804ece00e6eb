import { expectStatus, type Client } from '../../support/rest/client.js';
import { refusal } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';

const question = { role: 'user', content: 'How long is the Nile?', clientMessageId: 'q' };
const answer = { role: 'assistant', content: '6,650 km.', clientMessageId: 'a' };

describe('a batch of messages', () => {
  let server: TestServer;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession();
  });
  afterAll(() => server.stop());

  const stored = async () => expectStatus(await client.messages(id), 200).data;
  const save = async (messages: unknown) => expectStatus(await client.saveBatch(id, messages), 200).results;

  it('is saved in its order, and read as it was answered', async () => {
    const raw =
      '{"messages":[{"role":"user","content":"1"},{"role":"assistant","format":"f","payload":{"2":1.0,"1":[]}}]}';
    const saved = await client.call('POST', `/api/v1/sessions/${id}/messages/batch`, undefined, { raw });
    expect(saved.status).toBe(200);
    expect(saved.text).toContain('"payload":{"2":1.0,"1":[]}');
    const more = await save(Array.from({ length: 98 }, (_, n) => ({ role: 'user', content: String(n) })));
    expect(more.map(({ status }) => status)).toEqual(Array(98).fill(201));
    expect((await stored()).slice(2)).toEqual(more.slice(0, 48).map(({ message }) => message));
    const session = expectStatus(await client.session(id), 200);
    expect(session.messageCount).toBe(100);
  });

  it('may be repeated, whole or in part', async () => {
    const first = await save([question, answer]);
    expect(first.map(({ status }) => status)).toEqual([201, 201]);
    const again = await save([question, answer]);
    expect(again).toEqual(first.map(({ message }) => ({ status: 200, message })));
    const more = await save([answer, { role: 'user', content: 'Thanks', clientMessageId: 't' }, question]);
    expect(more.map(({ status }) => status)).toEqual([200, 201, 200]);
    expect((await stored()).map(({ content }) => content)).toEqual([question.content, answer.content, 'Thanks']);
  });

  it('has each message once, if it names one twice', async () => {
    const results = await save([question, question]);
    expect(results.map(({ status }) => status)).toEqual([201, 200]);
    expect(await stored()).toHaveLength(1);
  });

  it('is saved once by eight requests at the same time, also when they overlap', async () => {
    const messages = Array.from({ length: 10 }, (_, n) => ({
      ...question,
      content: String(n),
      clientMessageId: `m${n}`,
    }));
    const parts = Array.from({ length: 8 }, (_, n) => messages.slice(n % 4, 6 + (n % 4)));
    const answers = await Promise.all(parts.map((part) => client.saveBatch(id, part)));
    const results = answers.flatMap((one) => expectStatus(one, 200).results);
    expect(results.filter(({ status }) => status === 201)).toHaveLength(9);
    const found = await stored();
    expect(new Set(found.map(({ clientMessageId }) => clientMessageId)).size).toBe(found.length);
    expect(found).toHaveLength(9);
  });

  it('is refused as a whole when one conflicts, with its place', async () => {
    await save([question]);
    const other = [answer, { ...question, content: 'Other' }];
    const problem = refusal(await client.saveBatch(id, other), 409, 'client_message_id_conflict');
    expect(problem.errors).toEqual([
      { in: 'body', pointer: '/messages/1/clientMessageId', detail: 'another message with it was saved before' },
    ]);
    expect(await stored()).toHaveLength(1);
    expectStatus(await client.save(id, answer), 201);
  });

  it('is refused as a whole when one is wrong, with every wrong field', async () => {
    const messages = [question, { role: 'robot', content: '' }, { ...answer, status: 'in_progress', extra: 1 }, {}];
    const problem = refusal(await client.saveBatch(id, messages), 422, 'validation_failed');
    expect(problem.errors?.map(({ pointer }) => pointer).sort()).toEqual([
      '/messages/1/content',
      '/messages/1/role',
      '/messages/2/extra',
      '/messages/2/status',
      '/messages/3/content',
      '/messages/3/role',
    ]);
    expect(await stored()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['none', []],
    ['101', Array.from({ length: 101 }, () => question)],
    ['texts', ['x']],
    ['an object', { '0': question }],
    ['lists', [[question]]],
    ['null', [question, null]],
    ['a text', 'x'],
    ['nothing', undefined],
  ])('of %s is refused', async (_, messages) => {
    const problem = refusal(await client.saveBatch(id, messages), 422, 'validation_failed');
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/messages']);
  });

  it('with a field twice is refused', async () => {
    const raw = '{"messages":[{"role":"user","content":"x","content":"y"}]}';
    refusal(
      await client.call('POST', `/api/v1/sessions/${id}/messages/batch`, undefined, { raw }),
      400,
      'repeated_field',
    );
    refusal(await client.saveBatch('missing', [question]), 404, 'session_not_found');
    expect(await stored()).toEqual([]);
  });
});
