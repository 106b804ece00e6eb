import { passTime, restoreTime } from '../../support/http/clock.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { refusal, wrongFields } from '../../support/rest/problems.js';
import type { SavedMessageDto } from '../../../src/messages/message.dto.js';

const payload = { parts: [{ type: 'text', text: 'The nilometer' }] };

describe('the end of a message that is written in chunks', () => {
  let server: TestServer;
  let client: Client;
  let id: string;
  let message: SavedMessageDto;

  beforeAll(async () => {
    server = await TestServer.start({ CONTENT_MAX_BYTES: '10000' });
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession();
    const beginning = { role: 'assistant', content: '', status: 'in_progress' };
    message = expectStatus(await client.save(id, beginning), 201);
  });
  afterAll(restoreTime);
  afterAll(() => server.stop());

  const change = (fields: object) => client.change(id, message.id, { lease: message.lease, ...fields });
  const read = async () => expectStatus(await client.message(id, message.id), 200);

  it.each<[string, object, string[]]>([
    ['a payload without a format', { payload: {} }, ['/payload']],
    ['a format without a payload', { format: 'f' }, ['/format']],
    ['a name that is no format', { format: '!', payload: {} }, ['/format']],
    ['a number as format', { format: 5, payload: {} }, ['/format']],
    ['no format', { format: null, payload: {} }, ['/format']],
    ['a format of 65 characters', { format: 'f'.repeat(65), payload: {} }, ['/format']],
    ['a number as payload', { format: 'f', payload: 5 }, ['/payload']],
    ['no payload', { format: 'f', payload: null }, ['/payload']],
    ['a payload that is too long', { format: 'f', payload: { a: 'x'.repeat(10_000) } }, ['/payload']],
    ['a payload of too many parts', { format: 'f', payload: Array<number>(1001).fill(1) }, ['/payload']],
    ['metadata with a list', { metadata: { a: [1] } }, ['/metadata']],
    ['a list as metadata', { metadata: [1] }, ['/metadata']],
    ['a number as metadata', { metadata: 5 }, ['/metadata']],
    ['no metadata', { metadata: null }, ['/metadata']],
    ['metadata that are too long', { metadata: { a: 'x'.repeat(16_384) } }, ['/metadata']],
  ])('rejects %s', async (_, fields, pointers) => {
    expect(wrongFields(await change({ status: 'complete', ...fields }))).toEqual(pointers);
    expect(await read()).toMatchObject({ status: 'in_progress' });
  });

  it('makes the text of the payload the content of a message without chunks', async () => {
    const end = { status: 'complete', format: 'ai-sdk/v6', payload };
    const ended = expectStatus(await change(end), 200);
    expect(ended).toMatchObject({ status: 'complete', contentBytes: 13 });
    expect(await change(end)).toMatchObject({ status: 200, body: ended });
    expect(await read()).toMatchObject({ content: 'The nilometer', payload });
    expect(expectStatus(await client.search('nilometer'), 200).data).toHaveLength(1);
    expect(expectStatus(await client.session(id), 200).preview?.text).toBe('The nilometer');
  });

  it.each<[string, object]>([
    ['metadata', { metadata: { tokens: 5 } }],
    ['a payload', { format: 'ai-sdk/v6', payload: { parts: [] } }],
    ['a format', { format: 'openai', payload }],
  ])('is no repetition with other %s', async (_, other) => {
    const end = { offset: 0, append: 'a', status: 'complete', metadata: { tokens: 4 }, format: 'ai-sdk/v6', payload };
    const ended = expectStatus(await change(end), 200);
    refusal(await change({ ...end, ...other }), 409, 'message_ended');
    expect(expectStatus(await change(end), 200)).toEqual(ended);
    expect(await read()).toMatchObject({ metadata: { tokens: 4 }, payload });
  });

  it('may be repeated by the client that has taken the lease', async () => {
    passTime(61_000);
    const end = { lease: undefined, takeLease: true, offset: 0, append: 'a', status: 'complete' };
    expectStatus(await change(end), 200);
    expect(expectStatus(await change(end), 200)).toMatchObject({ status: 'complete', contentBytes: 1 });
    refusal(await change({ lease: undefined, takeLease: true }), 409, 'message_ended');
    refusal(await change({ lease: undefined, takeLease: true, offset: 0, append: 'a' }), 409, 'message_ended');
  });

  it.each([1, 3, 100])('is refused after a gap, also with an empty chunk at %i of 2 bytes', async (offset) => {
    expectStatus(await change({ offset: 0, append: 'ab' }), 200);
    const isHere = offset <= 2;
    const empty = await change({ offset, append: '' });
    if (isHere) expectStatus(empty, 200);
    else refusal(empty, 409, 'append_conflict');
    refusal(await change({ offset, append: '', status: 'complete' }), 409, 'append_conflict');
    expect(await read()).toMatchObject({ content: 'ab', status: 'in_progress' });
  });
});
