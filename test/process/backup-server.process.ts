import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { backupHalfWay, runBackupProcess, runRestoreProcess } from '../support/backup/commands.js';
import { Program, endPrograms, lines, newFolder, root, until } from '../support/process/program.js';
import { ServerProcess, contents, logOf } from '../support/process/server.js';
import { expectStatus, type Client } from '../support/rest/client.js';

let folder: string;
let server: ServerProcess;
let client: Client;
let session: string;

beforeEach(async () => {
  folder = newFolder();
  server = await ServerProcess.start();
  client = await server.client();
  session = await client.newSession();
});
afterEach(endPrograms);

const file = (name = 'backup') => join(folder, name);
const environment = () => ({ DATA_DIR: server.dataDirectory });
const socket = () => join(server.dataDirectory, 'control', 'socket');
const mode = (path: string) => statSync(path).mode & 0o777;
const walBytes = () => statSync(`${server.databaseFile}-wal`).size;

async function save(content: string): Promise<void> {
  expectStatus(await client.save(session, { content }), 201);
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Writes more than a thousand pages, after which SQLite writes its log into the file by default. */
async function saveMuch(): Promise<void> {
  for (let number = 0; number < 30; number++) await save('x'.repeat(200_000));
}

describe('a backup while the server runs', () => {
  it('is of the moment at which it began, while much more is saved than fits into the log otherwise', async () => {
    await save('before');
    const command = await backupHalfWay(environment(), file(), join(folder, 'go'));
    const held = hashOf(server.databaseFile);
    await saveMuch();
    expect(hashOf(server.databaseFile)).toBe(held);
    expect(walBytes()).toBeGreaterThan(1200 * 4096);
    expect(await runBackupProcess(environment(), file('other'))).toMatchObject({
      code: 1,
      stderr: 'error: another backup is running: wait for it\n',
    });
    expect(readdirSync(folder)).toEqual(['backup.part']);
    writeFileSync(join(folder, 'go'), '');
    expect(await command.ended).toMatchObject({ code: 0, stderr: '' });
    expect(contents(file())).toEqual(['before']);
    expect(await server.status('/readyz')).toBe(200);
    await until('the log is empty', 30_000, () => Promise.resolve(walBytes() === 0));
    await saveMuch();
    expect(walBytes()).toBeLessThan(1200 * 4096);
    expect(await runBackupProcess(environment(), file('next'))).toMatchObject({ code: 0 });
    expect(contents(file('next'))).toHaveLength(61);
  }, 60_000);

  it('tells where it is, what it has and what it does not have, and is for its user alone', async () => {
    const { code, stdout, stderr } = await runBackupProcess(environment(), file());
    expect([code, stderr]).toEqual([0, '']);
    expect(lines(stdout)).toEqual([
      expect.stringMatching(
        /^\/.*\/backup: \d+\.\d MiB in \d+\.\d s\. It has everything that was saved before 20\d\d-.*Z\.$/,
      ),
      `It does not have settings or secrets: keep a copy of ${join(server.dataDirectory, 'jwt-secret')}, without which ` +
        'all tokens end, and of .env in another safe place.',
    ]);
    expect([file(), socket(), join(server.dataDirectory, 'control')].map(mode)).toEqual([0o600, 0o600, 0o700]);
    expect(readdirSync(folder)).toEqual(['backup']);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('leaves nothing after %s', async (signal) => {
    const command = await backupHalfWay(environment(), file(), join(folder, 'go'));
    expect((await command.end(signal)).code).toBeGreaterThan(128);
    expect(readdirSync(folder)).toEqual([]);
    await saveMuch();
    expect(walBytes()).toBeLessThan(1200 * 4096);
  });

  it('leaves no backup after a kill, but a file that says so, and lets the server go on', async () => {
    const command = await backupHalfWay(environment(), file(), join(folder, 'go'));
    await command.end('SIGKILL');
    expect(readdirSync(folder)).toEqual(['backup.part']);
    expect(mode(file('backup.part'))).toBe(0o600);
    await saveMuch();
    expect(walBytes()).toBeLessThan(1200 * 4096);
    expect(await runBackupProcess(environment(), file())).toMatchObject({
      code: 78,
      stderr: `error: ${file('backup.part')} exists: another command is writing it, or was killed; then delete it\n`,
    });
    expect(await runBackupProcess(environment(), file('next'))).toMatchObject({ code: 0 });
    expect(await runRestoreProcess({ DATA_DIR: newFolder() }, file('backup.part'))).toMatchObject({ code: 78 });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('fails when the server ends by %s meanwhile', async (signal) => {
    const command = await backupHalfWay(environment(), file(), join(folder, 'go'));
    await save('in the log');
    await server.end(signal);
    // The new server writes the log into the file.
    const restarted = await ServerProcess.start(environment());
    writeFileSync(join(folder, 'go'), '');
    expect(await command.ended).toMatchObject({
      code: 1,
      stderr: 'error: the server has stopped meanwhile: run the command again\n',
    });
    expect(readdirSync(folder)).toEqual(['go']);
    await restarted.end();
    expect(contents(server.databaseFile)).toEqual(['in the log']);
  });

  it('ends with its connection, and is refused for anything but its own request', async () => {
    const connection = createConnection(socket());
    connection.write('GET / HTTP/1.1\n');
    const [answer] = await new Promise<string[]>((resolve) => {
      connection.once('data', (chunk: Buffer) => {
        resolve([chunk.toString()]);
      });
    });
    expect(answer).toBe('failed\n');
    expect(await runBackupProcess(environment(), file())).toMatchObject({ code: 0 });
  });

  it('fails with a clear line when the file cannot grow or be written, and leaves nothing', async () => {
    await saveMuch();
    const limited = spawnSync(
      'sh',
      ['-c', `ulimit -f 2000; exec "$0" "$@"`, process.execPath, join(root, 'dist/src/cli/backup.js'), '--to', file()],
      { env: { ...environment(), PATH: process.env.PATH }, encoding: 'utf8', cwd: newFolder() },
    );
    expect([limited.status, limited.stderr]).toEqual([
      78,
      `error: ${file()} cannot be written: the file is too large for this file system\n`,
    ]);
    const missing = file('missing/backup');
    expect(await runBackupProcess(environment(), missing)).toMatchObject({
      code: 78,
      stderr: `error: ${missing} cannot be written: its folder does not exist\n`,
    });
    expect(readdirSync(folder)).toEqual([]);
    await save('later');
  });
});

describe('a backup without a server', () => {
  it('has what a killed server has left in its log, and passes over its socket, which the next one replaces', async () => {
    await save('in the log');
    await server.end('SIGKILL');
    expect(existsSync(socket())).toBe(true);
    expect(walBytes()).toBeGreaterThan(0);
    const before = hashOf(server.databaseFile) + hashOf(`${server.databaseFile}-wal`);
    expect(await runBackupProcess(environment(), file())).toMatchObject({ code: 0, stderr: '' });
    expect(hashOf(server.databaseFile) + hashOf(`${server.databaseFile}-wal`)).toBe(before);
    expect(contents(file())).toEqual(['in the log']);

    const restarted = await ServerProcess.start(environment());
    expect(await runBackupProcess(environment(), file('next'))).toMatchObject({ code: 0, stderr: '' });
    await restarted.end();
    expect(existsSync(socket())).toBe(false);
    expect(contents(file('next'))).toEqual(['in the log']);
    expect(readdirSync(folder).sort()).toEqual(['backup', 'next']);
  });

  it('is refused while a process holds the database that offers no socket, and where there is no database', async () => {
    await server.end();
    const seed = new Program([process.execPath, '-e', locker(server.databaseFile)]);
    await seed.untilPrinted(/locked/);
    const ending = await runBackupProcess(environment(), file());
    expect([ending.code, ending.stderr]).toEqual([
      78,
      expect.stringMatching(/is in use by a process that cannot be asked/),
    ]);
    await seed.end('SIGKILL');
    expect(await runBackupProcess({ DATA_DIR: newFolder() }, file())).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/^error: .*chat-store.sqlite does not exist\n$/) as string,
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

function locker(databaseFile: string): string {
  const driver = join(root, 'node_modules/@photostructure/sqlite');
  return `const { DatabaseSync } = require(${JSON.stringify(driver)});
    const database = new DatabaseSync(${JSON.stringify(databaseFile)});
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    console.log('locked');
    setInterval(() => database.isOpen, 1000);`;
}

describe('a DATA_DIR whose path is too long for a socket', () => {
  it('is said at the start, and by the command, which works when the server is stopped', async () => {
    const DATA_DIR = join(folder, 'd'.repeat(100));
    const other = await ServerProcess.start({ DATA_DIR });
    const warning = logOf(other.program).find(({ msg }) => msg.includes('npm run backup cannot be used'));
    expect(warning).toMatchObject({ level: 40, msg: expect.stringContaining('at most 107 bytes') as string });
    expect(await runBackupProcess({ DATA_DIR }, file())).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('the path of DATA_DIR is too long for a socket') as string,
    });
    await other.end();
    expect(await runBackupProcess({ DATA_DIR }, file())).toMatchObject({ code: 0 });
  });
});
