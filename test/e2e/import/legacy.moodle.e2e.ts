import { numbers } from '../../support/database/access.js';
import { TestImport } from '../../support/database/imports.js';
import { MoodleDatabase, autumn } from '../../support/moodle/moodle-database.js';

const users = numbers(6).map((index) => index + 2);

/** A message as the plugin's own endpoint returns it. */
interface Shown {
  role: string;
  content: string;
  timestamp: number;
}

describe("the plugin's pages after an import", () => {
  let moodle: MoodleDatabase;
  let importing: TestImport;

  beforeAll(async () => {
    moodle = await MoodleDatabase.create();
    await moodle.createChat();
    await moodle.createSessions();
    await moodle.addSessions(
      users.flatMap((userId) =>
        numbers(3).map((index) => ({
          userId,
          session: `chat_${userId}_1_${autumn + index}_6b0323541bea${index}`,
          title: `Chat ${index}`,
          active: index === userId % 3,
          createdAt: autumn + index,
          modifiedAt: autumn + 10 * index,
        })),
      ),
    );
    await moodle.addMessages(
      users.flatMap((userId) =>
        numbers(50).map((index) => ({
          userId,
          session: index % 4 === 3 ? 'chat-1' : `chat_${userId}_1_${autumn + (index % 4)}_6b0323541bea${index % 4}`,
          role: index % 2 ? 'assistant' : 'user',
          content: `<p>message ${index} of ${userId} 🌍</p>`,
          // Pairs in one second, and a message that was saved late.
          timestamp: index === 40 ? autumn + 3 : autumn + 100 + Math.floor(index / 2),
          createdAt: autumn + 200 + index,
        })),
      ),
    );
    importing = await TestImport.into(moodle);
    await importing.run();
  }, 60_000);
  afterAll(async () => {
    await importing.drop();
    await moodle.drop();
  });

  async function original(userId: number, condition = ''): Promise<Shown[]> {
    const [rows] = await moodle.connection.query(
      `SELECT role, content, \`timestamp\` FROM mdl_writeassistdev_chat
       WHERE writeassistdevid = 1 AND userid = ? ${condition} ORDER BY \`timestamp\`, id`,
      [userId],
    );
    return rows as Shown[];
  }

  it.each(users)('show user %i the same history, chats and messages as before', async (userId) => {
    await importing.serve(async ({ page }) => {
      const legacy = await page({ activityId: 1, userId });
      const history = (await legacy.history({ limit: '200' })).reverse();
      const seconds = ({ role, content, timestamp }: Shown) => ({ role, content, timestamp: Math.floor(timestamp) });
      expect(history.map(seconds)).toEqual(await original(userId));

      const [rows] = await moodle.connection.query(
        `SELECT session_id, title, is_active, created_at, modified_at FROM mdl_writeassistdev_chat_sessions
         WHERE writeassistdevid = 1 AND userid = ? ORDER BY created_at DESC`,
        [userId],
      );
      const listed = await legacy.sessions();
      const withRows = listed.filter(({ session_id: id }) => id !== 'chat-1');
      expect(withRows).toMatchObject(rows as object[]);
      expect(listed).toHaveLength(withRows.length + 1);

      for (const { session_id: id, message_count: count } of listed) {
        const messages = await legacy.messages(id);
        expect(messages.map(seconds)).toEqual(await original(userId, `AND chat_session_id = '${id}'`));
        expect(messages).toHaveLength(count);
      }
    });
  });
});
