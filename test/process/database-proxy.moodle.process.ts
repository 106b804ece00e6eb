import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import type { MysqlConfig } from '../../src/config/config.js';
import { readConfig } from '../../src/config/read-config.js';
import { proveStoreSession } from '../../src/database/mysql/session-proof.js';
import { MoodleDatabase } from '../../src/moodle/moodle-database.js';
import { createDatabase, type TestDatabase } from '../support/database/test-database.js';

let database: TestDatabase;
let proxy: Server | undefined;

beforeAll(async () => {
  database = await createDatabase('mariadb');
});
afterEach(() => {
  proxy?.close();
});
afterAll(() => database.drop());

/** Starts a proxy to the database that replaces a text of the client with another one of the same length. */
async function behindProxy(wanted: string, sent: string): Promise<MysqlConfig> {
  const url = new URL(database.environment.DATABASE_URL ?? '');
  const { port, hostname } = url;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on('data', (data) => upstream.write(Buffer.from(data.toString('latin1').replace(wanted, sent), 'latin1')));
    upstream.pipe(client);
    client.on('close', () => upstream.destroy());
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  proxy = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = readConfig({ DATABASE_URL: url.href }).database;
  if (config.engine !== 'mysql') throw new Error('not MariaDB');
  return config;
}

const opened: [string, (config: MysqlConfig) => Promise<void>][] = [
  ['the store', (config) => proveStoreSession(config, 'the server')],
  ['the source of an import', async (config) => (await MoodleDatabase.open(config)).close()],
];

describe.each(opened)('%s behind a proxy', (_name, open) => {
  it.each([
    [
      "character_set_client = 'utf8mb4'",
      "character_set_client = 'latin1' ",
      /set character_set_client to utf8mb4, it is/,
    ],
    [
      "character_set_results = 'utf8mb4'",
      "character_set_results = 'latin1' ",
      /set character_set_results to utf8mb4, it/,
    ],
    [
      'sql_select_limit = 18446744073709551615',
      'sql_select_limit = 00000000000000000002',
      /set sql_select_limit to 1844/,
    ],
    ['foreign_key_checks = 1', 'foreign_key_checks = 0', /set foreign_key_checks to 1, it is OFF/],
    ['LEVEL READ COMMITTED', 'LEVEL SERIALIZABLE  ', /set tx_isolation to READ-COMMITTED, it is SERIALIZABLE/],
    ['unique_checks = 1', 'unique_chucks = 1', /refuses a setting of the session \(.*unique_chucks/],
  ])('that changes %s into %s is rejected with the name of the variable', async (wanted, sent, pattern) => {
    const config = await behindProxy(wanted, sent);
    await expect(open(config)).rejects.toMatchObject({ exitCode: 78, lines: [expect.stringMatching(pattern)] });
  });

  it('that changes nothing is accepted', async () => {
    await expect(open(await behindProxy('no such text', 'no such text'))).resolves.toBeUndefined();
  });
});
