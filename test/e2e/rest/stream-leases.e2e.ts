import { passTime, restoreTime } from '../../support/http/clock.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { refusal } from '../../support/rest/problems.js';
import type { SavedMessageDto } from '../../../src/messages/message.dto.js';

describe('the lease of a message that is written in chunks', () => {
  const creation = { role: 'assistant', content: '', status: 'in_progress', clientMessageId: 'reply-1' };
  let server: TestServer;
  let client: Client;
  let id: string;
  let message: SavedMessageDto;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
    id = await client.newSession();
    message = expectStatus(await client.save(id, creation), 201);
  });
  // The clock of the server never runs backwards.
  afterAll(restoreTime);
  afterAll(() => server.stop());

  const change = (fields: object) => client.change(id, message.id, { lease: message.lease, ...fields });
  const read = async () => expectStatus(await client.message(id, message.id), 200);

  it('expires when nobody writes, and whoever takes it goes on', async () => {
    for (const [index, append] of ['one ', 'two ', 'three '].entries()) {
      expectStatus(await change({ offset: [0, 4, 8][index], append }), 200);
    }
    const take = () => change({ lease: undefined, takeLease: true });
    expect(refusal(await take(), 409, 'lease_held').contentBytes).toBe(14);
    passTime(61_000);
    expect(await read()).toMatchObject({ content: 'one two three ', status: 'incomplete' });
    const answers = await Promise.all([take(), take(), take()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const taken = answers.find(({ status }) => status === 200)?.body;
    expect(taken).toMatchObject({ status: 'in_progress', contentBytes: 14 });
    expect((await read()).status).toBe('in_progress');
    refusal(await change({ offset: 14, append: 'four' }), 409, 'append_conflict');
    expectStatus(await change({ lease: taken?.lease, offset: 14, append: 'four', status: 'complete' }), 200);
    expect(await read()).toMatchObject({ content: 'one two three four', status: 'complete' });
  });

  it('stays with the client that pauses, if no other takes it', async () => {
    passTime(61_000);
    expect((await read()).status).toBe('incomplete');
    expectStatus(await change({ offset: 0, append: 'late' }), 200);
    expect(await read()).toMatchObject({ content: 'late', status: 'in_progress' });
    // Together more than a minute.
    passTime(40_000);
    expectStatus(await change({}), 200);
    passTime(40_000);
    expect((await read()).status).toBe('in_progress');
  });

  it('can be taken by the request that ends the message', async () => {
    passTime(61_000);
    const fields = { lease: undefined, takeLease: true, offset: 0, append: 'x', status: 'complete' };
    expect(expectStatus(await change(fields), 200)).toMatchObject({ status: 'complete', contentBytes: 1 });
    expect(await read()).toMatchObject({ content: 'x', status: 'complete' });
  });

  it('is not given to the client that has created the message, once another has taken it', async () => {
    expect(expectStatus(await client.save(id, creation), 200).lease).toBe(message.lease);
    passTime(61_000);
    expectStatus(await change({ lease: undefined, takeLease: true }), 200);
    const again = expectStatus(await client.save(id, creation), 200);
    expect(again).toMatchObject({ id: message.id, contentBytes: 0 });
    expect(again).not.toHaveProperty('lease');
  });
});
