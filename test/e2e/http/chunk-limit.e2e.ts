import { expectStatus } from '../../support/rest/client.js';
import { TestServer } from '../../support/http/server.js';
import type { SavedMessageDto } from '../../../src/messages/message.dto.js';

describe('the limit of chunks', () => {
  it('is one of its own, for each message', async () => {
    const realNow = Date.now.bind(Date);
    const server = await TestServer.start({ RATE_LIMIT_OWNER: '10', RATE_LIMIT_ADDRESS: '10' });
    try {
      const client = await server.client();
      const id = await client.newSession();
      const begin = async () => expectStatus(await client.save(id, { content: '', status: 'in_progress' }), 201);
      const [first, second] = [await begin(), await begin()];
      const write = ({ id: messageId, lease }: SavedMessageDto, n: number) =>
        client.change(id, messageId, { lease, offset: n, append: 'x' });
      // All writes are in one window of a second, however long they take.
      const now = Date.now();
      Date.now = () => now;
      for (let n = 0; n < 20; n++) expectStatus(await write(first, n), 200);
      const refused = await write(first, 20);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
      expectStatus(await write(second, 0), 200);
      Date.now = realNow;
      // The chunks have used up nothing of the limit of other requests.
      for (let n = 0; n < 7; n++) expectStatus(await client.messages(id), 200);
      expect((await client.messages(id)).status).toBe(429);
    } finally {
      Date.now = realNow;
      await server.stop();
    }
  });
});
