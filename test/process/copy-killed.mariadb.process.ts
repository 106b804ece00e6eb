import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '../../src/database/migrations/migrator.js';
import { outsideConnection, withDataSource } from '../support/database/access.js';
import { Copying, everyRow, fill } from '../support/database/copies.js';
import { onServer } from '../support/database/test-database.js';
import {
  Program,
  endPrograms,
  lines,
  newFolder,
  root,
  runOurs,
  until,
  type Ending,
} from '../support/process/program.js';
import { isFull } from '../support/run/full.js';

const messages = isFull ? 30_000 : 6000;
/** A row with an id of the second batch of messages, which therefore waits for its transaction. */
const inTheWay = `INSERT INTO writeassistdev_chat
  (id, writeassistdevid, userid, chat_session_id, sequence, role, content, timestamp, created_at, history_time)
  VALUES (1100, 1, 2, 'in-the-way', 1, 'user', 'never committed', 1, 1, 1)`;

describe('npm run copy', () => {
  let copying: Copying;
  let temporary: string;

  beforeAll(async () => {
    copying = await Copying.create();
    temporary = newFolder();
    await fill(copying.source, messages);
  }, 60_000);
  afterAll(async () => {
    await endPrograms();
    await copying.drop();
  });

  const options = () => ['--from', copying.sourceFolder, '--to', copying.target.environment.DATABASE_URL ?? ''];

  /** Kills a copy in its second batch of messages. Without a row in its way it might end before it is killed. */
  const killWhileCopying = () =>
    withDataSource(copying.target, async (dataSource) => {
      await migrate(dataSource);
      const blocker = await outsideConnection(dataSource);
      let ending: Ending;
      try {
        await blocker.query('SET foreign_key_checks = 0');
        await blocker.beginTransaction();
        await blocker.query(inTheWay);
        const command = [process.execPath, `${root}/dist/src/cli/copy.js`, ...options()];
        const program = new Program(command, { environment: { TMPDIR: temporary } });
        const copied = "SELECT copied_rows FROM writeassistdev_chat_copies WHERE table_name = 'writeassistdev_chat'";
        const isStored = async () => {
          const [row] = await dataSource.query<{ copied_rows: number }[]>(copied).catch(() => []);
          return (row?.copied_rows ?? 0) > 0;
        };
        while (!program.hasEnded && !(await isStored())) await sleep(5);
        ending = await program.end('SIGKILL');
      } finally {
        await blocker.end();
      }
      return ending;
    });
  /** MariaDB notices the end of a killed client only when the statement of that client has ended. */
  const untilAlone = () => {
    const name = new URL(copying.target.environment.DATABASE_URL ?? '').pathname.slice(1);
    const others = `SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '${name}'`;
    return until('no connection is left', 30_000, async () => ((await onServer(others)) as unknown[]).length === 0);
  };

  it('that is killed (-9) leaves no file behind, and the next one completes it', async () => {
    expect((await killWhileCopying()).signal).toBe('SIGKILL');
    expect(readdirSync(temporary)).toEqual([]);
    await untilAlone();
    const stored = (await everyRow(copying.target)).writeassistdev_chat?.length ?? 0;
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(messages);

    const ending = await runOurs('cli/copy.js', options().slice(0, 2), {
      environment: { TMPDIR: temporary, DATABASE_URL: copying.target.environment.DATABASE_URL ?? '' },
    });
    expect([ending.code, ending.stderr]).toEqual([0, expect.not.stringContaining('error')]);
    expect(lines(ending.stdout).at(-2)).toMatch(/^All rows are the same in source and target/);
    expect(await everyRow(copying.target)).toEqual(await everyRow(copying.source));
    expect(readdirSync(temporary)).toEqual([]);
  }, 120_000);

  it('ends with 1 when both sides differ, and with 78 without a source, in lines without the password', async () => {
    await withDataSource(copying.target, (dataSource) =>
      dataSource.query("UPDATE writeassistdev SET name = 'x' WHERE id = 1"),
    );
    expect(await runOurs('cli/copy.js', options())).toMatchObject({ code: 1 });
    const ending = await runOurs('cli/copy.js', ['--from', newFolder(), '--to', 'mysql://root:hunter2@127.0.0.1:9/x']);
    expect(ending).toMatchObject({ code: 78, stdout: '' });
    expect(lines(ending.stderr)).toEqual([expect.stringMatching(/^error: .* has no chat-store.sqlite/)]);
    expect(ending.stderr).not.toContain('hunter2');
  });
});
