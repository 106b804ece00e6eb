import type { Owner } from '../../src/owners/owner.js';
import { sampleChats } from '../../src/seed/sample-chats.js';
import { endPrograms, lines, newFolder, runOurs, type Ending } from '../support/process/program.js';
import { ServerProcess } from '../support/process/server.js';
import { expectStatus } from '../support/rest/client.js';

const sampleOwner = { userId: 1, activityId: 1 };
const messageCount = sampleChats.flatMap(({ turns }) => turns).length;

describe('npm run seed', () => {
  let folder: string;

  beforeEach(() => {
    folder = newFolder();
  });
  afterEach(endPrograms);

  const seed = (options: string[] = []): Promise<Ending> =>
    runOurs('cli/seed.js', options, { environment: { DATA_DIR: folder } });

  it('adds several chats with titles and messages, and activates the newest', async () => {
    const ending = await seed();
    expect(ending).toMatchObject({ code: 0, stderr: '' });
    expect(lines(ending.stdout)[0]).toBe(
      `User 1 in activity 1 has 4 sample chats with ${messageCount} messages; new: 4 and ${messageCount}.`,
    );
    expect(ending.stdout).toContain('npm run -s token -- --user 1 --activity 1\n');

    const { sessions, messages } = await stored(sampleOwner);
    expect(sessions.map(({ title }) => title)).toEqual(sampleChats.map(({ title }) => title).reverse());
    expect(sessions.map(({ isActive }) => isActive)).toEqual([true, false, false, false]);
    for (const [index, { startedAt, turns }] of [...sampleChats].reverse().entries()) {
      const chat = messages[index] ?? [];
      expect(chat.map(({ content }) => content)).toEqual(turns);
      expect(chat.map(({ role }) => role)).toEqual(turns.map((_, turn) => (turn % 2 === 0 ? 'user' : 'assistant')));
      const times = chat.map(({ timestamp }) => Date.parse(timestamp));
      expect(times[0]).toBe(Date.parse(startedAt));
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    }
  });

  it('changes nothing when it is run again', async () => {
    await seed();
    const before = await stored(sampleOwner);
    const again = await seed();
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain('; new: 0 and 0.\n');
    expect(await stored(sampleOwner)).toEqual(before);
  });

  it('adds a deleted chat again, and does not change the others', async () => {
    await seed();
    const server = await start();
    const client = await server.client(sampleOwner);
    expectStatus(await client.deleteSession('seed-outline'), 204);
    expectStatus(await client.rename('seed-citation', 'My own title'), 200);
    await server.end();
    expect((await seed()).stdout).toContain('; new: 1 and 6.\n');
    const { sessions } = await stored(sampleOwner);
    expect(sessions.map(({ id }) => id).sort()).toEqual(sampleChats.map(({ id }) => id).sort());
    expect(sessions.find(({ id }) => id === 'seed-citation')?.title).toBe('My own title');
  });

  it('adds the chats to the user and the activity of the options', async () => {
    const ending = await seed(['--user', '7', '--activity', '3']);
    expect(ending.stdout).toContain('npm run -s token -- --user 7 --activity 3\n');
    expect((await stored({ userId: 7, activityId: 3 })).sessions).toHaveLength(sampleChats.length);
    expect((await stored(sampleOwner)).sessions).toEqual([]);
  });

  it('prints one line on SQLite while the server runs', async () => {
    const server = await start();
    const ending = await seed();
    expect(ending).toMatchObject({ code: 1, stdout: '' });
    expect(lines(ending.stderr)).toEqual([
      expect.stringMatching(/^error: .* is in use by another process: one server for one DATA_DIR$/),
    ]);
    expect((await (await server.client(sampleOwner)).sessions()).body.data).toEqual([]);
  });

  it.each([
    [['--user', '0'], '--user must be a number from 1 to 4294967295'],
    [['--activity', 'x'], '--activity must be a number from 1 to 4294967295'],
    [['--force'], "Unknown option '--force'"],
    [['x'], 'Unexpected argument'],
  ])('rejects %j and prints its usage', async (options, message) => {
    const ending = await seed(options);
    expect(ending).toMatchObject({ code: 78, stdout: '' });
    expect(lines(ending.stderr)).toEqual([
      expect.stringContaining(message),
      expect.stringMatching(/^error: usage: npm run seed -- /),
    ]);
  });

  function start(): Promise<ServerProcess> {
    return ServerProcess.start({ DATA_DIR: folder });
  }

  /** The owner's sessions, newest activity first, and the messages of each, read through a server. */
  async function stored(owner: Owner) {
    const server = await start();
    const client = await server.client(owner);
    const sessions = expectStatus(await client.sessions(), 200).data;
    const messages = await Promise.all(
      sessions.map(async ({ id }) => expectStatus(await client.messages(id), 200).data),
    );
    await server.end();
    return { sessions, messages };
  }
});
