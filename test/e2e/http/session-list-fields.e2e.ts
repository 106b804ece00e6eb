import { expectStatus, type Client } from '../../support/rest/client.js';
import { wrongField, wrongFields } from '../../support/rest/problems.js';
import { TestServer } from '../../support/http/server.js';

describe('parameters of the list of sessions', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await TestServer.start();
    client = await server.client();
    await client.newSession();
  });
  afterAll(() => server.stop());

  const encode = (text: string) => Buffer.from(text).toString('base64url');

  it.each([
    ['order=desc', '/order'],
    ['order=', '/order'],
    ['order=title&order=title', '/order'],
    ['pinned=1', '/pinned'],
    ['pinned=', '/pinned'],
    ['pinned=true&pinned=true', '/pinned'],
    ['archived=TRUE', '/archived'],
    ['metadataKey=x', '/metadataKey'],
    ['metadataValue=x', '/metadataValue'],
    ['metadataKey=&metadataValue=x', '/metadataKey'],
    [`metadataKey=${'x'.repeat(65)}&metadataValue=x`, '/metadataKey'],
    [`metadataKey=x&metadataValue=${'x'.repeat(513)}`, '/metadataValue'],
    ['metadataKey=x&metadataValue=%00', '/metadataValue'],
    ['q=', '/q'],
    ['q=%20-!', '/q'],
    ['q=%00', '/q'],
    ['q=a+b+c+d+e+f+g+h+i', '/q'],
    [`q=${'x'.repeat(256)}`, '/q'],
  ])('%s is rejected', async (query, pointer) => {
    expect(wrongFields(await client.sessions(`?${query}`))).toEqual([pointer]);
  });

  it.each([
    'order=activity&pinned=true&archived=false&metadataKey=x&metadataValue=&q=x&limit=1',
    'q=a+b+c+d+e+f+g+h',
    `q=${'x'.repeat(255)}`,
    `metadataKey=${'x'.repeat(64)}&metadataValue=${'x'.repeat(512)}`,
  ])('%s is accepted', async (query) => {
    expectStatus(await client.sessions(`?${query}`), 200);
  });

  it.each([
    ['created', 'sessions:1:1'],
    ['title', 'sessions:1:1'],
    ['activity', 'sessionscreated:1:1'],
    ['activity', 'sessionstitle:1: a '],
    ['created', 'sessionstitle:1: a '],
    ['title', 'sessionstitle:x: a '],
    ['title', 'sessionstitle:1'],
    ['title', `sessionstitle:1:${'a'.repeat(2100)}`],
  ])('a cursor that is not of the order %s is rejected: %s', async (order, after) => {
    const expected = { pointer: '/after', detail: 'must be a nextCursor of this list' };
    expect(wrongField(await client.sessions(`?order=${order}&after=${encode(after)}`))).toEqual(expected);
  });

  it.each([
    ['activity', 'sessions:1:1'],
    ['created', 'sessionscreated:1:1'],
    ['title', 'sessionstitle:1: a '],
    ['title', 'sessionstitle:1:'],
    ['title', `sessionstitle:1:${'a'.repeat(2048)}`],
  ])('a cursor of the order %s is accepted: %s', async (order, after) => {
    expectStatus(await client.sessions(`?order=${order}&after=${encode(after)}`), 200);
  });

  it('a wrong order is named alone, whatever the cursor', async () => {
    expect(wrongFields(await client.sessions(`?order=x&after=${encode('sessions:1:1')}`))).toEqual(['/order']);
  });
});
