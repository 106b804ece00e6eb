import { readFileSync } from 'node:fs';
import mysql2 from 'mysql2/promise';
import { longStatements, sessionVariables } from '../../../src/database/mysql/session-variables.js';
import { startMariadb, type Mariadb } from '../../support/database/mariadb.mjs';
import { allMessages } from '../../support/database/chats.js';
import { TestImport } from '../../support/database/imports.js';
import { engine } from '../../support/database/test-database.js';
import { apply, mixedServer, ordinaryUser, wrongServers } from '../../support/database/wrong-settings.js';
import { TestServer } from '../../support/http/server.js';
import { MoodleDatabase } from '../../support/moodle/moodle-database.js';
import { expectStatus } from '../../support/rest/client.js';
import { full } from '../../support/run/full.js';

const texts = [
  'Trip \u{1f680}',
  'Gr\u00f6\u00dfe \u6f22\u5b57 \u{1f642}',
  'a\u0301 \u{1f468}\u200d\u{1f469}',
  `\\ ' " % -- ;`,
];
const owner = { userId: 2, activityId: 1 };

/** A server of this file, which the helpers of the tests use through TEST_DATABASE_URL. */
let mariadb: Mariadb;
let moodle: MoodleDatabase;
const originalUrl = process.env.TEST_DATABASE_URL;

beforeAll(async () => {
  mariadb = await startMariadb();
  process.env.TEST_DATABASE_URL = await ordinaryUser(mariadb);
  moodle = await MoodleDatabase.create();
  await moodle.createCore({ 1: [11, 'Essay'] });
  await moodle.createChat();
  await moodle.createSessions();
  await moodle.addSessions([{ session: 'chat-1', title: texts[0] ?? '' }]);
  await moodle.addMessages(texts.map((content) => ({ content })));
  // Restarts of the server would break this connection.
  await moodle.connection.end();
}, 60_000);
afterAll(async () => {
  if (originalUrl === undefined) delete process.env.TEST_DATABASE_URL;
  else process.env.TEST_DATABASE_URL = originalUrl;
  await mariadb.stop();
});

it('docs/database-session.md names every session variable of this version', async () => {
  const root = await mysql2.createConnection(mariadb.url);
  const [rows] = await root.query(
    "SELECT VARIABLE_NAME AS name FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_SCOPE <> 'GLOBAL'",
  );
  const [[server]] = (await root.query('SELECT VERSION() AS version')) as unknown as [{ version: string }[]];
  await root.end();
  const documentation = readFileSync(new URL('../../../docs/database-session.md', import.meta.url), 'utf8');
  const missing = (rows as { name: string }[]).filter(
    ({ name }) => !documentation.includes(`\`${name.toLowerCase()}\``),
  );
  // Another version has other variables, and is checked when the tests use it.
  if (server?.version.startsWith('10.11.')) expect(missing).toEqual([]);
  const set = sessionVariables('store', longStatements).filter(({ name }) => !documentation.includes(`\`${name}\``));
  expect(set).toEqual([]);
});

describe.each(full(wrongServers, [mixedServer]))('a server with wrong settings by $way', (wrong) => {
  beforeAll(() => apply(mariadb, wrong), 60_000);

  it('does not change what is imported from it', async () => {
    const importing = await TestImport.into(moodle);
    try {
      const report = await importing.run();
      expect(report).toMatchObject({ isClean: true, failure: null, changed: 0 });
      await importing.serve(async ({ client }) => {
        const chats = await client(owner);
        expect(expectStatus(await chats.session('chat-1'), 200)).toMatchObject({ title: texts[0], messageCount: 4 });
        expect((await allMessages(chats, 'chat-1')).map(({ content }) => content)).toEqual(texts);
      });
      expect(await importing.run('--verify')).toMatchObject({ isClean: true, verification: { different: 0 } });
    } finally {
      await importing.drop();
    }
  }, 60_000);

  if (engine() === 'mariadb') {
    it('does not change what is stored on it, listed and counted', async () => {
      const server = await TestServer.start({ DATABASE_POOL_SIZE: '3' });
      try {
        const client = await server.client();
        const sessions: string[] = [];
        for (const title of texts) sessions.push(await client.newSession({ title }));
        const [session = ''] = sessions;
        for (const content of texts) expectStatus(await client.save(session, { content }), 201);
        const listed = expectStatus(await client.sessions(), 200).data;
        expect(listed.map(({ title }) => title).sort()).toEqual(texts.toSorted());
        expect(expectStatus(await client.session(session), 200).messageCount).toBe(texts.length);
        expect((await allMessages(client, session)).map(({ content }) => content)).toEqual(texts);
        expect(await storedHex(String(server.dataSource.options.database))).toEqual(
          texts.map((text) => Buffer.from(text).toString('hex').toUpperCase()),
        );
      } finally {
        await server.stop();
      }
    }, 60_000);
  }
});

/** The stored bytes of all contents, read by another connection. */
async function storedHex(database: string): Promise<string[]> {
  const connection = await mysql2.createConnection({ uri: mariadb.url, database });
  await connection.query('SET SESSION sql_select_limit = 1000, max_join_size = 1000, sql_big_selects = 1');
  const [rows] = await connection.query('SELECT HEX(content) AS hex FROM writeassistdev_chat ORDER BY id');
  await connection.end();
  return (rows as { hex: string }[]).map(({ hex }) => hex);
}
