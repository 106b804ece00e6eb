import { expectStatus } from '../../support/rest/client.js';
import { numbers, settleAll } from '../../support/database/access.js';
import { engine } from '../../support/database/test-database.js';
import { TestImport } from '../../support/database/imports.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';

const owner = { activityId: 1, userId: 2 };

describe('writes to the store between and during imports', () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    importing = await TestImport.into(moodle);
    await moodle.createChat();
    await moodle.createSessions();
  });
  afterEach(async () => {
    await importing.drop();
    await moodle.drop();
  });

  it('a verification distinguishes messages of a deleted chat from those of a new chat with its id', async () => {
    await moodle.addSessions([{ id: 7, session: 'empty' }]);
    await moodle.addMessages([{ content: 'same' }, { content: 'other' }]);
    await importing.run();
    await importing.serve(async ({ client }) => {
      const mine = await client(owner);
      await mine.deleteSession('chat-1');
      await mine.deleteSession('empty');
    });
    await moodle.addMessages([{ content: 'same' }, { content: 'new' }]);
    await importing.run();
    const { verification, rows } = await importing.run('--verify');
    expect(verification).toMatchObject({ messages: 4, different: 3 });
    const place = (number: number) => `(message ${number} of chat-1, user 2, activity 1)`;
    expect(rows.map(({ row, reason }) => [row, reason])).toEqual([
      ['7', 'no longer exists in this store: the chat was deleted (empty, user 2, activity 1)'],
      ['1', `no longer exists in this store: the message was deleted, or its chat was deleted or cleared ${place(1)}`],
      ['2', `no longer exists in this store: the message was deleted, or its chat was deleted or cleared ${place(2)}`],
    ]);
  });

  it('a chat stays one chat if its row appears after its messages with another spelling of its id', async () => {
    await moodle.addMessages([{ session: 'CHAT-1', content: 'a' }]);
    await importing.run();
    await moodle.addSessions([{ session: 'chat-1', title: 'Later' }]);
    await moodle.addMessages([{ session: 'chat-1', content: 'b' }]);
    await importing.run();
    expect(await importing.rows('SELECT session_id, message_count FROM writeassistdev_chat_sessions')).toEqual([
      { session_id: 'CHAT-1', message_count: 2 },
    ]);
  });

  it('the title of a chat does not depend on the pages in which its messages are read', async () => {
    const asked = [
      { role: 'user', content: '\n\t\u00a0' },
      { role: ' User', content: 'the question' },
      { role: 'user', content: 'another' },
    ];
    const answers = numbers(400).map((index) => ({ role: 'assistant', content: `answer ${index}` }));
    await moodle.addMessages([
      ...asked.map((message) => ({ ...message, userId: 3 })),
      ...[...answers, ...asked].map((message) => ({ ...message, userId: 4 })),
    ]);
    await importing.run();
    expect(await importing.rows('SELECT title FROM writeassistdev_chat_sessions')).toEqual([
      { title: 'the question' },
      { title: 'the question' },
    ]);
  });

  if (engine() === 'mariadb') {
    it('saves with the timestamps of imported messages delay the import, but do not make it fail', async () => {
      await moodle.addMessages(numbers(4000).map((index) => ({ content: String(index) })));
      // An existing owner, because an import for a new owner does not query for taken positions.
      await importing.serve(async ({ client }) => {
        const mine = await client(owner);
        const { id } = expectStatus(await mine.createSession(), 201);
        let over = false;
        let saved = 0;
        const savers = numbers(4).map(async () => {
          while (!over) {
            expectStatus(await mine.save(id, { content: 'here', timestamp: iso(autumn) }), 201);
            saved++;
          }
        });
        const run = importing.run().finally(() => (over = true));
        await settleAll([run, ...savers]);
        const report = await run;
        expect(report).toMatchObject({ isClean: true, failure: null });
        expect(await importing.rows('SELECT COUNT(*) AS count FROM writeassistdev_chat')).toEqual([
          { count: 4000 + saved },
        ]);
      });
    }, 60_000);
  }
});

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
