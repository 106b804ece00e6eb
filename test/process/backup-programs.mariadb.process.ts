import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql2 from 'mysql2/promise';
import { runBackupProcess, runRestoreProcess } from '../support/backup/commands.js';
import { Copying, everyRow, fill } from '../support/database/copies.js';
import { startMariadb, type Mariadb } from '../support/database/mariadb.mjs';
import { createDatabase, type TestDatabase } from '../support/database/test-database.js';
import { apply, mixedServer } from '../support/database/wrong-settings.js';
import {
  Program,
  endPrograms,
  newFolder,
  root,
  run,
  runOurs,
  until,
  type Environment,
} from '../support/process/program.js';

const user = 'u "x\\';
const password = `a'b"c\\d#e f;g=é$%\t`;

let copying: Copying;
let folder: string;

beforeAll(async () => {
  copying = await Copying.create();
  await fill(copying.source, 6000);
  await copying.run();
}, 60_000);
afterAll(() => copying.drop());
beforeEach(() => (folder = newFolder()));
afterEach(endPrograms);

const file = () => join(folder, 'backup');

/** A folder for PATH in which programs are scripts that may call the real ones, as $REAL. */
function programs(scripts: Record<string, string>): Environment {
  const path = newFolder();
  for (const [name, script] of Object.entries(scripts)) {
    const real = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    const isVersion = `if [ "$1" = --version ]; then exec ${real} --version; fi`;
    writeFileSync(join(path, name), `#!/bin/sh\n${isVersion}\nREAL=${real}\n${script}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return { PATH: `${path}:${process.env.PATH ?? ''}` };
}

function backup(more: Environment = {}) {
  return runBackupProcess({ ...copying.target.environment, ...more }, file());
}

describe('npm run backup on MariaDB', () => {
  it('says what to install where the programs are missing', async () => {
    const missing = { PATH: newFolder() };
    expect(await backup(missing)).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(
        /neither mariadb-dump nor mysqldump is on the PATH: .*apt-get install mariadb-client/,
      ) as string,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('uses mysqldump and mysql where only these are installed', async () => {
    const path = newFolder();
    for (const name of ['mysqldump', 'mysql']) {
      const real = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
      execFileSync('ln', ['-s', real, join(path, name)]);
    }
    expect(await backup({ PATH: path })).toMatchObject({ code: 0, stderr: '' });
    const target = await createDatabase('mariadb');
    expect(await runRestoreProcess({ ...target.environment, PATH: path }, file())).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await everyRow(target)).toEqual(await everyRow(copying.target));
    await target.drop();
  });

  it.each([
    [
      'fails at once',
      'echo "mariadb-dump: Got error: 2013" >&2; exit 2',
      /mariadb-dump has failed \(exit code 2\): .*2013/,
    ],
    ['fails half way', '"$REAL" "$@" | head -c 50000; exit 3', /mariadb-dump has failed \(exit code 3\)/],
    ['ends half way, as if it had succeeded', '"$REAL" "$@" | head -c 50000', /has not written the whole dump/],
    ['is killed', '"$REAL" "$@" | head -c 50000; kill -9 $$', /mariadb-dump has failed \(SIGKILL\)/],
  ])('leaves nothing when mariadb-dump %s', async (_, script, line) => {
    const ending = await backup(programs({ 'mariadb-dump': script }));
    expect([ending.code, ending.stderr]).toEqual([1, expect.stringMatching(line)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing on SIGTERM, and when the file cannot grow', async () => {
    const hanging = programs({
      'mariadb-dump': `"$REAL" "$@" | head -c 50000; echo $$ > ${folder}/pid; exec sleep 20`,
    });
    const environment = { ...copying.target.environment, ...hanging };
    const program = new Program([process.execPath, join(root, 'dist/src/cli/backup.js'), '--to', file()], {
      environment,
    });
    await until('the dump hangs', 60_000, () => Promise.resolve(existsSync(join(folder, 'pid'))));
    expect((await program.end('SIGTERM')).code).toBe(143);
    expect(readdirSync(folder)).toEqual(['pid']);

    const command = `ulimit -f 40; exec ${process.execPath} ${join(root, 'dist/src/cli/backup.js')} --to ${file()}`;
    const limited = await run(['sh', '-c', command], { environment: copying.target.environment });
    expect([limited.code, limited.stderr]).toEqual([
      78,
      expect.stringMatching(/cannot be written: the file is too large/),
    ]);
    expect(readdirSync(folder)).toEqual(['pid']);
  });
});

describe('npm run restore on MariaDB', () => {
  let target: TestDatabase;
  beforeEach(async () => {
    expect(await backup()).toMatchObject({ code: 0 });
    target = await createDatabase('mariadb');
  });
  afterEach(() => target.drop());

  it('that is killed leaves a database on which no server starts, until it is restored again', async () => {
    const hanging = programs({
      mariadb: `case "$*" in *Ssl_cipher*) exec "$REAL" "$@";; esac
head -c 600000 | "$REAL" "$@"; echo > ${folder}/half; exec sleep 20`,
    });
    const environment = { ...target.environment, ...hanging };
    const command = [process.execPath, join(root, 'dist/src/cli/restore.js'), '--from', file()];
    const program = new Program(command, { environment });
    await until('half is restored', 60_000, () => Promise.resolve(existsSync(join(folder, 'half'))));
    await program.end('SIGKILL');
    const start = await runOurs('main.js', [], { environment: { ...target.environment, PORT: '0' } });
    expect(start.code).toBe(78);
    expect(start.stderr).toContain('A restore into this database has not ended');
    expect(await runRestoreProcess(target.environment, file())).toMatchObject({ code: 0, stderr: '' });
    expect(await everyRow(target)).toEqual(await everyRow(copying.target));
  }, 180_000);

  it('shows neither statements nor texts when one fails', async () => {
    const broken = programs({
      mariadb: `case "$*" in *Ssl_cipher*) exec "$REAL" "$@";; esac
sed 's/INSERT INTO .writeassistdev_chat. /INSERT INTO nowhere /' | "$REAL" "$@"`,
    });
    const ending = await runRestoreProcess({ ...target.environment, ...broken }, file());
    expect(ending).toMatchObject({ code: 1, stdout: '' });
    expect(ending.stderr).toMatch(/^error: mariadb has failed \(exit code 1\): ERROR 1146 \(42S02\) at line \d+\n$/);
  });
});

describe('a server of its own', () => {
  let mariadb: Mariadb;
  let url: string;

  beforeAll(async () => {
    mariadb = await startMariadb();
    const connection = await mysql2.createConnection(mariadb.url);
    for (const name of ['chats', 'restored']) await connection.query(`CREATE DATABASE ${name}`);
    await connection.query("CREATE USER ?@'%' IDENTIFIED BY ?", [user, password]);
    for (const name of ['chats', 'restored']) await connection.query(`GRANT ALL ON ${name}.* TO ?@'%'`, [user]);
    await connection.end();
    const { host } = new URL(mariadb.url);
    url = `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}/`;
  }, 180_000);
  afterAll(() => mariadb.stop());

  const environment = (name = 'chats') => ({ DATABASE_URL: `${url}${name}` });

  it('gets any password from no command line and no variable, and rows of any length', async () => {
    expect(await runRestoreProcess(environment(), await whole())).toMatchObject({ code: 0, stderr: '' });
    const spy = `echo "$@" >> ${folder}/arguments; env >> ${folder}/variables; exec "$REAL" "$@"`;
    const spied = programs({ 'mariadb-dump': spy, mariadb: spy });
    // A variable with the password would be one of the server, which the programs inherit.
    const command = `unset DATABASE_URL; exec ${process.execPath} ${join(root, 'dist/src/cli/backup.js')} --to ${file()}`;
    writeFileSync(join(folder, '.env'), `DATABASE_URL=${environment().DATABASE_URL}\n`, { mode: 0o600 });
    expect(await run(['sh', '-c', command], { environment: spied, folder })).toMatchObject({ code: 0, stderr: '' });
    const seen = readFileSync(join(folder, 'arguments'), 'utf8') + readFileSync(join(folder, 'variables'), 'utf8');
    expect(seen).toContain('--single-transaction');
    expect(seen).not.toContain(`a'b"c`);
    expect(seen).not.toContain(encodeURIComponent(`a'b"c`));
    expect(await runRestoreProcess(environment('restored'), file())).toMatchObject({ code: 0, stderr: '' });
    const read = (name: string) => everyRow({ environment: environment(name), drop: () => Promise.resolve() });
    expect(await read('restored')).toEqual(await everyRow(copying.target));
  }, 180_000);

  async function whole(): Promise<string> {
    const path = join(newFolder(), 'whole');
    expect(await runBackupProcess(copying.target.environment, path)).toMatchObject({ code: 0 });
    return path;
  }

  it.each([
    [
      'cuts results',
      { globals: ['SET GLOBAL sql_select_limit = 1000'] },
      /sets sql_select_limit to 1000 .* a dump would not be complete/,
    ],
    [
      'has its own character set',
      {
        options: [
          '--skip-character-set-client-handshake',
          '--character-set-server=latin1',
          '--collation-server=latin1_swedish_ci',
        ],
      },
      /sets character_set_client to latin1/,
    ],
    ['has everything wrong', mixedServer, /error: /],
  ])(
    'that %s is refused',
    async (way, settings, line) => {
      await apply(mariadb, { way, ...settings });
      const ending = await runBackupProcess(environment(), file());
      expect([ending.code, ending.stderr]).toEqual([expect.any(Number), expect.stringMatching(line)]);
      expect(ending.code).not.toBe(0);
      expect(readdirSync(folder)).toEqual([]);
    },
    60_000,
  );
});
