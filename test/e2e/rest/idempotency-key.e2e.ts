import { expectStatus, type Answer, type Client } from '../../support/rest/client.js';
import { refusal } from '../../support/rest/problems.js';
import { rawCall } from '../../support/rest/raw.js';
import { TestServer } from '../../support/http/server.js';
import type { MessageDto } from '../../../src/messages/message.dto.js';

const longest = 'k'.repeat(255);

describe('Idempotency-Key', () => {
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

  describe.each([
    ['POST /api/v1/messages', () => '/api/v1/messages'],
    ['POST /api/v1/sessions/{id}/messages', () => `/api/v1/sessions/${id}/messages`],
  ])('of %s', (_, path) => {
    const save = (key: string | undefined, more: object = {}): Promise<Answer<MessageDto>> =>
      client.call(
        'POST',
        path(),
        { role: 'user', content: 'Hello', ...more },
        {
          headers: key === undefined ? {} : { 'idempotency-key': key },
        },
      );

    it('is the clientMessageId, plain or in quotes: the same request again is answered and not saved', async () => {
      const first = await save('"a-1"');
      expect(expectStatus(first, 201).clientMessageId).toBe('a-1');
      const repeated = [await save('a-1'), await save(undefined, { clientMessageId: 'a-1' })];
      repeated.push(await save('"a-1"', { clientMessageId: 'a-1' }));
      for (const answer of repeated) expect([answer.status, answer.text]).toEqual([200, first.text]);
      expect(await stored()).toHaveLength(1);
    });

    it('may have 255 characters, of which the last one counts', async () => {
      expect(expectStatus(await save(longest), 201).clientMessageId).toBe(longest);
      expectStatus(await save(`"${longest}"`), 200);
      expectStatus(await save(undefined, { clientMessageId: longest }), 200);
      expectStatus(await save(`${longest.slice(1)}K`), 201);
      expect(await stored()).toHaveLength(2);
    });

    it('of another message is a conflict', async () => {
      const saved = expectStatus(await save('a-1'), 201);
      refusal(await save('a-1', { content: 'Other' }), 409, 'client_message_id_conflict');
      refusal(await save(undefined, { content: 'Other', clientMessageId: 'a-1' }), 409, 'client_message_id_conflict');
      expect(await stored()).toEqual([saved]);
    });

    it('that differs from clientMessageId is rejected, naming both', async () => {
      const { errors } = refusal(await save('a-1', { clientMessageId: 'a-2' }), 422, 'validation_failed');
      expect(errors?.map(({ in: part, pointer }) => `${part} ${pointer}`)).toEqual([
        'header /Idempotency-Key',
        'body /clientMessageId',
      ]);
      expect(await stored()).toEqual([]);
    });

    it.each([
      ['two headers', ['a-1', 'a-1']],
      ['a space', 'a 1'],
      ['an unfinished string', '"a-1'],
      ['256 characters', `${longest}k`],
      ['no character', ''],
    ])('with %s is rejected', async (__, value) => {
      const headers = {
        authorization: `Bearer ${client.token}`,
        'content-type': 'application/json',
        'idempotency-key': value,
      };
      const body = JSON.stringify({ role: 'user', content: 'Hello' });
      const { errors } = refusal(
        await rawCall(server.url, path(), { method: 'POST', headers, body }),
        422,
        'validation_failed',
      );
      expect(errors).toMatchObject([{ in: 'header', pointer: '/Idempotency-Key' }]);
      expect(await stored()).toEqual([]);
    });

    it('is checked after the fields', async () => {
      const { errors } = refusal(await save('a 1', { role: 'x', content: '' }), 422, 'validation_failed');
      expect(errors?.map(({ pointer }) => pointer).sort()).toEqual(['/content', '/role']);
    });

    it('sent many times at once saves one message', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => save('once')));
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(7).fill(200), 201]);
      expect(await stored()).toHaveLength(1);
    });
  });

  it('is ignored by other operations, which are repeatable by their own means', async () => {
    const headers = { 'idempotency-key': 'a b' };
    expectStatus(await client.call<unknown>('POST', '/api/v1/sessions', {}, { headers }), 201);
    expectStatus(await client.call<unknown>('GET', '/api/v1/sessions', undefined, { headers }), 200);
  });
});
