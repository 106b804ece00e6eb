import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDataSource } from '../support/database/access.js';
import { Copying, everyRow, fill } from '../support/database/copies.js';
import { Program, endPrograms, lines, newFolder, root, runOurs } from '../support/process/program.js';
import { isFull } from '../support/run/full.js';

const messages = isFull ? 30_000 : 6000;

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

  it('that is killed (-9) leaves no file behind, and the next one completes it', async () => {
    const environment = { TMPDIR: temporary };
    const program = new Program([process.execPath, `${root}/dist/src/cli/copy.js`, ...options()], { environment });
    await withDataSource(copying.target, async (dataSource) => {
      const copied = "SELECT copied_rows FROM writeassistdev_chat_copies WHERE table_name = 'writeassistdev_chat'";
      const isStored = async () => {
        const [row] = await dataSource.query<{ copied_rows: number }[]>(copied).catch(() => []);
        return (row?.copied_rows ?? 0) > 0;
      };
      while (!program.hasEnded && !(await isStored())) await sleep(5);
    });
    expect((await program.end('SIGKILL')).signal).toBe('SIGKILL');
    expect(readdirSync(temporary)).toEqual([]);
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
