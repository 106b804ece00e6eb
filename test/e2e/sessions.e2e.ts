import { must, type Client } from '../support/client.js';
import { TestServer } from '../support/server.js';

describe('sessions', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  beforeEach(async () => {
    client = await server.client();
  });
  afterAll(() => server.stop());

  it('makes a session with the default title, and the active one of it', async () => {
    const before = Date.now();
    const answer = await client.createSession();
    const session = must(answer, 201);
    expect(session).toMatchObject({ title: 'New Chat', isActive: true, messageCount: 0 });
    expect(session.id).toMatch(new RegExp(`^chat_${client.owner.userId}_7_\\d{10}_[0-9a-z]{12}$`));
    expect(Date.parse(session.createdAt)).toBeGreaterThanOrEqual(before);
    expect(answer.headers.get('location')).toBe(`/api/v1/sessions/${session.id}`);
    expect(must(await client.active(), 200)).toEqual(session);
  });
});
