import { expectStatus } from '../../support/rest/client.js';
import { numbers } from '../../support/database/access.js';
import { engine } from '../../support/database/test-database.js';
import { MovingIn } from '../../support/database/imports.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';

const owner = { activityId: 1, userId: 2 };

describe('what is done here between and during imports', () => {
  let moodle: MoodleDatabase;
  let moving: MovingIn;

  beforeEach(async () => {
    moodle = await MoodleDatabase.create();
    moving = await MovingIn.into(moodle);
    await moodle.createChat();
    await moodle.createSessions();
  });
  afterEach(async () => {
    await moving.drop();
    await moodle.drop();
  });

  it('messages of a chat that was deleted and made anew are told from the new ones', async () => {
    await moodle.addSessions([{ id: 7, session: 'empty' }]);
    await moodle.addMessages([{ content: 'same' }, { content: 'other' }]);
    await moving.run();
    await moving.serve(async ({ client }) => {
      const mine = await client(owner);
      await mine.deleteSession('chat-1');
      await mine.deleteSession('empty');
    });
    await moodle.addMessages([{ content: 'same' }, { content: 'new' }]);
    await moving.run();
    const { verification, rows } = await moving.run('--verify');
    expect(verification).toMatchObject({ messages: 4, different: 3 });
    const place = (number: number) => `(message ${number} of chat-1, user 2, activity 1)`;
    expect(rows.map(({ row, reason }) => [row, reason])).toEqual([
      ['7', 'no longer exists in this store: the chat was deleted (empty, user 2, activity 1)'],
      ['1', `no longer exists in this store: the message was deleted, or its chat was deleted or cleared ${place(1)}`],
      ['2', `no longer exists in this store: the message was deleted, or its chat was deleted or cleared ${place(2)}`],
    ]);
  });

  it('a chat whose row is written after its messages came stays one, however its id is spelled', async () => {
    await moodle.addMessages([{ session: 'CHAT-1', content: 'a' }]);
    await moving.run();
    await moodle.addSessions([{ session: 'chat-1', title: 'Later' }]);
    await moodle.addMessages([{ session: 'chat-1', content: 'b' }]);
    await moving.run();
    expect(await moving.rows('SELECT session_id, message_count FROM writeassistdev_chat_sessions')).toEqual([
      { session_id: 'CHAT-1', message_count: 2 },
    ]);
  });

  it('a chat has the same title wherever a page of its messages ends', async () => {
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
    await moving.run();
    expect(await moving.rows('SELECT title FROM writeassistdev_chat_sessions')).toEqual([
      { title: 'the question' },
      { title: 'the question' },
    ]);
  });

  if (engine() === 'mariadb') {
    it('saves into the very times that are imported make it wait, and not fail', async () => {
      await moodle.addMessages(numbers(4000).map((index) => ({ content: String(index) })));
      // What is of new owners needs no look at taken places: this one is here before.
      await moving.serve(async ({ client }) => {
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
        const report = await moving.run();
        over = true;
        await Promise.all(savers);
        expect(report).toMatchObject({ isClean: true, failure: null });
        expect(await moving.rows('SELECT COUNT(*) AS count FROM writeassistdev_chat')).toEqual([
          { count: 4000 + saved },
        ]);
      });
    }, 60_000);
  }
});

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
