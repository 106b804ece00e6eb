import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { sampleEnvironment } from '../../src/openapi/sample-config.js';
import { expectStatus } from '../support/rest/client.js';
import {
  Program,
  endPrograms,
  lines,
  mainProgram,
  newFolder,
  type Ending,
  type Environment,
} from '../support/process/program.js';
import { full } from '../support/run/full.js';
import { ServerProcess, logOf, testSecret } from '../support/process/server.js';

const url = 'mysql://chat:hunter2hunter2@127.0.0.1:3306';
const production = { NODE_ENV: 'production' };
const ownSecret = { JWT_SECRET: testSecret };

const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const keys = 'https://id.example/keys';
const moodle = { ...sampleEnvironment, ...ownSecret };

const letter = 'Dear aunt, how are you?\n'.repeat(400);
const letterFolder = folderOf('chat-store.sqlite', letter);

/** A start that must fail: the reason, the variables, the exit code, and a part of its one line. */
type WrongStart = [why: string, environment: Environment, code: number, message: string];

const allWrongStarts: WrongStart[] = [
  ['an invalid port', { PORT: '80a' }, 78, 'PORT must be a whole number from 0 to 65535, is "80a"'],
  ['an invalid log level', { LOG_LEVEL: 'loud' }, 78, 'LOG_LEVEL must be one of fatal, error,'],
  ['production without a secret', production, 78, 'JWT_SECRET is required in production'],
  ['a HOST other than loopback without a secret', { HOST: '0.0.0.0' }, 78, 'JWT_SECRET is required in production and'],
  ['ALLOWED_HOSTS without a secret', { ALLOWED_HOSTS: 'chat.example' }, 78, 'JWT_SECRET is required in production and'],
  ['a proxy without a secret', { TRUSTED_PROXIES: '127.0.0.1' }, 78, 'JWT_SECRET is required in production and'],
  ['Moodle with a sample secret', { ...moodle, JWT_SECRET: 'x'.repeat(40) }, 78, 'JWT_SECRET looks like a sample'],
  ['a short secret', { JWT_SECRET: 'hunter2hunter2' }, 78, 'JWT_SECRET must be 32 bytes of UTF-8 or more, is 14'],
  [
    'a sample secret in production',
    { ...production, JWT_SECRET: 'your-256-bit-secret-your-256-bit-secret' },
    78,
    'JWT_SECRET looks like a sample; make one with: openssl rand',
  ],
  [
    'a secret of one letter in production',
    { ...production, JWT_SECRET: 'x'.repeat(40) },
    78,
    'JWT_SECRET looks like a sample',
  ],
  [
    'a secret and a public key',
    { ...ownSecret, JWT_PUBLIC_KEY: publicKey },
    78,
    'must not be set together with JWT_PUBLIC_KEY',
  ],
  ['a secret and JWKS_URL', { ...ownSecret, JWKS_URL: keys }, 78, 'JWT_SECRET must not be set together with JWKS_URL'],
  ['JWKS_URL without https', { JWKS_URL: 'http://id.example/keys' }, 78, 'JWKS_URL must be https://, unless it is'],
  [
    'JWKS_URL without issuer and audience in production',
    { ...production, JWKS_URL: keys },
    78,
    'needs JWT_ISSUER and JWT_AUDIENCE',
  ],
  ['a private key', { JWT_PUBLIC_KEY: privateKey }, 78, 'JWT_PUBLIC_KEY is a private key'],
  ['any origin', { ALLOWED_ORIGINS: '*' }, 78, 'ALLOWED_ORIGINS must be origins like https://'],
  ['any proxy', { ...ownSecret, TRUSTED_PROXIES: '0.0.0.0/0' }, 78, 'TRUSTED_PROXIES must be addresses or networks'],
  ['Moodle without a secret', { ...moodle, JWT_SECRET: '' }, 78, 'JWT_SECRET is required in production and'],
  [
    'MOODLE_URL without https',
    { ...moodle, MOODLE_URL: 'http://moodle.example' },
    78,
    'MOODLE_URL must be https://, unless',
  ],
  [
    'MOODLE_AJAX_URL without https',
    { ...moodle, MOODLE_AJAX_URL: 'http://moodle.example/mod/writeassistdev/ajax.php' },
    78,
    'MOODLE_AJAX_URL must be https://, unless',
  ],
  ['Moodle without its database', { ...moodle, MOODLE_DATABASE_URL: '' }, 78, 'MOODLE_DATABASE_URL is required with'],
  ['another scheme', { DATABASE_URL: `${url}/chat`.replace('mysql', 'http') }, 78, 'DATABASE_URL is not a mysql://'],
  ['no database', { DATABASE_URL: `${url}/` }, 78, 'DATABASE_URL must name one database'],
  ['a query', { DATABASE_URL: `${url}/chat?ssl=true` }, 78, 'DATABASE_URL must have nothing after the name'],
  ['a bad percent', { DATABASE_URL: `${url}/ch%at` }, 78, 'DATABASE_URL has a % that is not followed by'],
  [
    'a missing file of certificates',
    { DATABASE_URL: `${url}/chat`, DATABASE_TLS: 'verify', DATABASE_TLS_CA: '/nowhere/ca.pem' },
    78,
    'DATABASE_TLS_CA cannot be read (ENOENT)',
  ],
  ['a HOST of another machine', { HOST: '192.0.2.1', ...ownSecret }, 1, 'is not an address of this machine'],
  // Not by removing permissions, which do not stop root.
  ['a data folder that is a file', { DATA_DIR: file() }, 78, 'DATA_DIR'],
  ['a data folder that is a file, and a secret', { DATA_DIR: file(), ...ownSecret }, 78, 'DATA_DIR'],
  ['a data folder that cannot be created', { DATA_DIR: join(file(), 'data') }, 78, 'DATA_DIR'],
  [
    'a data folder that cannot be created, and a secret',
    { DATA_DIR: join(file(), 'data'), ...ownSecret },
    78,
    'DATA_DIR',
  ],
  ['a damaged generated secret', { DATA_DIR: folderOf('jwt-secret', 'abc\n') }, 78, 'jwt-secret is damaged: delete it'],
  ['a text file in place of the database', { DATA_DIR: letterFolder }, 78, 'is damaged or is not a database'],
  [
    'a database with invalid pages',
    { DATA_DIR: folderOf('chat-store.sqlite', `SQLite format 3\0${'x'.repeat(8192)}`) },
    78,
    'is damaged or is not a database',
  ],
];

/** Unit tests cover all of them; npm test starts processes for a part. */
const wrongStarts = full(
  allWrongStarts,
  allWrongStarts.filter(([, environment, code], index) => code !== 78 || 'DATA_DIR' in environment || index % 4 === 0),
);

describe('a start that must fail', () => {
  const endings = new Map<string, Ending>();

  // Three at once, because a starting process mostly waits for its files.
  beforeAll(async () => {
    const waiting = [...wrongStarts];
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) endings.set(next[0], await start(next[1]));
    };
    await Promise.all([worker(), worker(), worker()]);
  }, 400_000);
  afterAll(endPrograms);

  it.each(wrongStarts)('prints one line without a secret: %s', (why, _, code, message) => {
    const ending = endings.get(why);
    if (!ending) throw new Error('it was not started');
    expectOneLine(ending, code, message);
    expect(ending.stderr + ending.stdout).not.toContain('hunter2');
  });

  it('does not change a damaged database', () => {
    expect(readFileSync(join(letterFolder, 'chat-store.sqlite'), 'utf8')).toBe(letter);
  });
});

describe('a start', () => {
  afterEach(endPrograms);

  it('with several invalid variables reports all of them', async () => {
    const ending = await start({
      PORT: '-1',
      LOG_LEVEL: 'LOUD',
      JWT_SECRET: 'short',
      DATABASE_URL: 'mysql://chat:hunter2@',
      DATABASE_POOL_SIZE: '1',
      MIGRATE_AT_START: 'yes',
      CONTENT_MAX_BYTES: '1e6',
      NODE_ENV: 'prod',
    });
    expect(ending.code).toBe(78);
    const reported = lines(ending.stderr).map((line) => /^error: ([A-Z_]+) /.exec(line)?.[1]);
    expect(reported.sort()).toEqual([
      ...['CONTENT_MAX_BYTES', 'DATABASE_POOL_SIZE', 'DATABASE_URL', 'JWT_SECRET', 'LOG_LEVEL'],
      ...['MIGRATE_AT_START', 'NODE_ENV', 'PORT'],
    ]);
    expect(ending.stderr).not.toContain('hunter2');
  });

  it('reads .env in the working directory, over which the environment takes precedence', async () => {
    const folder = newFolder();
    // With a byte order mark, as some editors write.
    writeFileSync(join(folder, '.env'), '\ufeffLOG_LEVEL=nonsense\nPORT=nonsense\n# NODE_ENV=nonsense\n');
    expectOneLine(await start({ PORT: '0' }, folder), 78, 'LOG_LEVEL must be one of');
  });

  it('refuses a .env with a secret that all users may read, and warns of one that its group may read', async () => {
    const folder = folderOf('.env', `JWT_SECRET=${testSecret}\n`);
    const env = join(folder, '.env');
    chmodSync(env, 0o644);
    expectOneLine(await start({}, folder), 78, '.env has a secret and is open to all users of this machine');
    chmodSync(env, 0o640);
    const server = await ServerProcess.start({}, folder);
    await server.program.untilPrinted(/\.env has a secret and is open to its group/);
    await server.end();
  });

  it('reports a .env that it cannot read', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, '.env'));
    expectOneLine(await start({}, folder), 78, '.env cannot be read');
  });

  it('on a port in use exits with 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      expectOneLine(await start({ PORT: String(port) }), 1, `127.0.0.1:${port} is in use by another program`);
    } finally {
      other.close();
    }
  });

  it('on the data folder of another server exits with 1, and the other continues', async () => {
    const first = await ServerProcess.start();
    const second = await start({ DATA_DIR: first.dataDirectory });
    expectOneLine(second, 1, 'is in use by another process: one server for one DATA_DIR');
    expect(await first.status('/readyz')).toBe(200);
    expectStatus(await (await first.client()).createSession(), 201);
  });

  it("on another program's SQLite database is rejected", async () => {
    const folder = newFolder();
    const foreign = new DatabaseSync(join(folder, 'chat-store.sqlite'));
    foreign.exec('CREATE TABLE user (name TEXT)');
    foreign.close();
    expectOneLine(await start({ DATA_DIR: folder }), 78, 'already has tables that this service did not make: user');
  });
});

/** Runs a server that must fail to start. */
async function start(environment: Environment, folder = newFolder()): Promise<Ending> {
  const program = new Program(mainProgram, { environment: { PORT: '0', ...environment }, folder });
  const late = setTimeout(() => {
    program.signal('SIGKILL');
  }, 45_000);
  try {
    return await program.ended;
  } finally {
    clearTimeout(late);
  }
}

/** Expects one line on standard error, and no warning or error in the log. */
function expectOneLine(ending: Ending, exitCode: number, message: string): void {
  const { code, stderr } = ending;
  expect(lines(stderr)).toEqual([expect.stringContaining(message)]);
  expect(stderr).toMatch(/^error: /);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(logOf(ending).filter(({ level }) => level >= 40)).toEqual([]);
  expect(code).toBe(exitCode);
}

function file(): string {
  return join(folderOf('file', ''), 'file');
}

function folderOf(name: string, contents: string): string {
  const folder = newFolder();
  writeFileSync(join(folder, name), contents);
  return folder;
}
