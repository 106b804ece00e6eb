import { InFlightMemory } from '../../../src/http/in-flight-memory.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus } from '../../support/rest/client.js';
import { refusal } from '../../support/rest/problems.js';

describe('a large save while answers occupy all memory', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  it('is refused before it is stored: its answer repeats the message', async () => {
    const client = await server.client();
    const id = await client.newSession();
    const { responses } = server.app.get(InFlightMemory);
    const reserve = jest.spyOn(responses, 'reserve').mockImplementation((_request, _reply, bytes) => bytes === 0);
    refusal(await client.save(id, { content: 'x'.repeat(100_000) }), 503, 'server_busy');
    reserve.mockRestore();
    expect(expectStatus(await client.session(id), 200).messageCount).toBe(0);
    expectStatus(await client.save(id, { content: 'x'.repeat(100_000) }), 201);
  });
});
