import { join } from 'node:path';
import { existsSync } from 'node:fs';
import type { Remark } from '../../src/import/report/report.js';
import type { Summary } from '../../src/import/report/summary.js';
import { createDatabase } from '../support/database/test-database.js';
import { MoodleDatabase, autumn } from '../support/moodle/moodle-database.js';
import { endPrograms, lines, newFolder, root, run, runOurs } from '../support/process/program.js';
import { isFull } from '../support/run/full.js';
import { ServerProcess } from '../support/process/server.js';

const memoryMiB = 200;
const many = isFull ? 100_000 : 10_000;

describe('npm run import:moodle', () => {
  let moodle: MoodleDatabase;

  beforeAll(async () => {
    moodle = await MoodleDatabase.create();
    await moodle.createChat();
    await moodle.addMessages([
      { id: 1, content: 'hello' },
      { id: 2, content: '' },
    ]);
  });
  afterAll(async () => {
    await moodle.drop();
  });
  afterEach(endPrograms);

  const command = (options: string[], environment: Record<string, string>, folder = newFolder()) =>
    runOurs('cli/import-moodle.js', options, { environment, folder });

  it('prints a report as text, also through npm', async () => {
    const environment = { DATA_DIR: newFolder(), IMPORT_FROM: moodle.url, DATABASE_URL: '' };
    const { code, stdout } = await run(['npm', 'run', '-s', 'import:moodle'], { folder: root, environment });
    expect(code).toBe(0);
    expect(lines(stdout.replace(/\d+(\.\d+)? s, \d+ MiB/, 'N s, N MiB').replace(/[0-9a-f]{20}/, 'HASH'))).toEqual([
      'writeassistdev@HASH: writeassistdev_chat (times as numbers)',
      '',
      '                                         read       imported  already there        skipped',
      'writeassistdev_chat_sessions                0              0              0              0',
      'writeassistdev_chat                         2              1              0              1',
      '',
      'Sessions created for messages without one: 1. Values changed: 0.',
      'N s, N MiB of memory at most',
      '',
      'skipped:',
      '  writeassistdev_chat 2: its content is empty',
    ]);
  });

  it('prints one JSON document with --json', async () => {
    const { code, stdout, stderr } = await command(['--from', moodle.url, '--json'], { DATA_DIR: newFolder() });
    const { rows, ...summary } = JSON.parse(stdout) as Summary & { rows: Remark[] };
    expect([code, stderr]).toEqual([0, '']);
    expect(rows).toEqual([{ kind: 'skipped', table: 'writeassistdev_chat', row: '2', reason: 'its content is empty' }]);
    expect(summary).toMatchObject({ mode: 'import', failure: null, sessionsMade: 1, verification: null });
  });

  it('creates no database in a dry run', async () => {
    const folder = newFolder();
    const { code, stdout } = await command(['--from', moodle.url, '--dry-run'], { DATA_DIR: join(folder, 'data') });
    expect(code).toBe(0);
    expect(stdout).toContain('Dry run: nothing was written.');
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('prints one line on SQLite while the server runs', async () => {
    const server = await ServerProcess.start();
    for (const options of [[], ['--dry-run'], ['--verify']]) {
      const ending = await command(['--from', moodle.url, ...options], { DATA_DIR: server.dataDirectory });
      expect(ending).toMatchObject({ code: 1, stdout: '' });
      expect(lines(ending.stderr)).toEqual([expect.stringMatching(/^error: .* is in use by another process/)]);
    }
    expect(await server.status('/readyz')).toBe(200);
  });

  it('works on MariaDB while the server runs', async () => {
    const database = await createDatabase('mariadb');
    try {
      const server = await ServerProcess.start(database.environment);
      const ending = await command(['--from', moodle.url], database.environment);
      expect(ending).toMatchObject({ code: 0, stderr: '' });
      expect(await server.status('/readyz')).toBe(200);
      await server.end();
    } finally {
      await database.drop();
    }
  });

  it('exits with 1 when a verification finds a difference', async () => {
    const environment = { DATA_DIR: newFolder() };
    await command(['--from', moodle.url], environment);
    expect((await command(['--from', moodle.url, '--verify'], environment)).code).toBe(0);
    await moodle.connection.query("UPDATE mdl_writeassistdev_chat SET content = 'changed' WHERE id = 1");
    const ending = await command(['--from', moodle.url, '--verify'], environment);
    expect(ending.code).toBe(1);
    expect(ending.stdout).toMatch(/different:\n {2}writeassistdev_chat 1: has another role, content or time/);
  });

  it.each<[string, string[], number, RegExp]>([
    ['no source', [], 78, /--from, or the variable IMPORT_FROM, must name the database/],
    ['a URL without its option', ['mysql://a:hunter2@127.0.0.1/x'], 78, /arguments without an option are not allowed/],
    ['an invalid URL', ['--from', 'x'], 78, /--from is not a mysql:\/\/ or mariadb:\/\/ URL/],
    ['no database', ['--from', 'mysql://a:hunter2@127.0.0.1/'], 78, /--from must name one database/],
    ['an unknown option', ['--force'], 78, /Unknown option '--force'/],
    ['an invalid user', ['--from', 'mysql://127.0.0.1/x', '--user', '0'], 78, /--user must be a number/],
    ['an invalid time', ['--from', 'mysql://127.0.0.1/x', '--since', 'noon'], 78, /--since must be a day or/],
    ['an invalid module', ['--from', 'mysql://127.0.0.1/x', '--module', 'quiz'], 78, /--module must be writeassist/],
    ['a prefix with a quote', ['--from', 'mysql://127.0.0.1/x', '--prefix', "m'"], 78, /--prefix must be letters/],
    [
      'an unreachable server',
      ['--from', 'mysql://root:hunter2@127.0.0.1:9/x'],
      1,
      /127.0.0.1:9 cannot be reached \(ECONN/,
    ],
  ])('rejects %s in lines without a password', async (_, options, code, pattern) => {
    const ending = await command(options, { DATA_DIR: newFolder() });
    expect(ending).toMatchObject({ code, stdout: '' });
    expect(lines(ending.stderr)[0]).toMatch(pattern);
    expect(ending.stderr).not.toContain('hunter2');
  });
});

describe.each(['sqlite', 'mariadb'] as const)('an import of many messages of one user into %s', (engine) => {
  afterEach(endPrograms);

  it(`needs less than ${memoryMiB} MiB, duplicates nothing, and can be verified`, async () => {
    const moodle = await MoodleDatabase.create();
    const database = await createDatabase(engine);
    const { environment } = database;
    try {
      await moodle.createChat();
      await moodle.connection.query(`INSERT INTO mdl_writeassistdev_chat
        SELECT NULL, 1, 2, CONCAT('chat-', seq % 7), IF(seq % 2, 'user', 'assistant'),
          IF(seq % 5000 = 0, REPEAT('🌍', 62500), CONCAT('<p>message ', seq, '</p> 🌍')),
          ${autumn} + seq DIV 3, ${autumn} + seq DIV 3 FROM seq_1_to_${many}`);
      const bring = async (...options: string[]) => {
        const given = ['--from', moodle.url, '--json', ...options];
        const { code, stdout } = await runOurs('cli/import-moodle.js', given, { environment });
        expect(code).toBe(0);
        const summary = JSON.parse(stdout) as Summary;
        expect(summary.peakMemoryMiB).toBeLessThan(memoryMiB);
        return summary;
      };
      expect((await bring()).tables.writeassistdev_chat?.imported).toBe(many);
      expect((await bring()).tables.writeassistdev_chat?.alreadyThere).toBe(many);
      expect((await bring('--verify')).verification).toMatchObject({ messages: many, different: 0 });
    } finally {
      await database.drop();
      await moodle.drop();
    }
  }, 300_000);
});
