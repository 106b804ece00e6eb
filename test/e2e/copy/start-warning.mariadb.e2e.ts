import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyWarnings } from '../../../src/database/connection/copy-warnings.js';
import { migrate } from '../../../src/database/migrations/migrator.js';
import { connect, withDataSource } from '../../support/database/access.js';
import { Copying, fill } from '../../support/database/copies.js';
import { TestServer } from '../../support/http/server.js';

let copying: Copying;
let file: string;
beforeEach(async () => {
  copying = await Copying.create();
  file = join(copying.sourceFolder, 'chat-store.sqlite');
});
afterEach(() => copying.drop());

/** What a server on the target would say, with this DATA_DIR. */
function warnings(folder = copying.sourceFolder): Promise<string[]> {
  return withDataSource(copying.target, async (dataSource) => {
    await migrate(dataSource);
    const runner = dataSource.createQueryRunner('master');
    return copyWarnings(runner, folder).finally(() => runner.release());
  });
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

it('a start on MariaDB says in one line how to bring the chats of DATA_DIR over, without the password', async () => {
  await fill(copying.source);
  const before = hashOf(file);
  const server = await TestServer.start({ DATA_DIR: copying.sourceFolder });
  const lines = server.log.map((line) => JSON.parse(line) as { level: number; msg: string });
  await server.stop();
  const command = `npm run copy -- --from ${copying.sourceFolder}`;
  const said = lines.filter(({ msg }) => msg.includes('npm run copy'));
  expect(said).toMatchObject([{ level: 40, msg: expect.stringContaining(command) as string }]);
  expect(hashOf(file)).toBe(before);
});

it('is said until the chats are copied', async () => {
  await fill(copying.source);
  expect(await warnings()).toHaveLength(1);
  await copying.run();
  expect(await warnings()).toEqual([]);
});

it('is said of a file that another process has locked, and of one that a killed server has left', async () => {
  await fill(copying.source);
  const running = await connect(copying.source);
  await running.query('UPDATE user SET id = id');
  expect(await warnings()).toHaveLength(1);
  copyFileSync(`${file}-wal`, `${file}-log`);
  await running.destroy();
  writeFileSync(file, '');
  expect(await warnings()).toEqual([]);
  renameSync(`${file}-log`, `${file}-wal`);
  expect(await warnings()).toHaveLength(1);
});

it('is not said without chats to bring over', async () => {
  expect(await warnings()).toEqual([]);
  await withDataSource(copying.source, (dataSource) => migrate(dataSource));
  expect(await warnings()).toEqual([]);
  writeFileSync(file, 'something else');
  expect(await warnings()).toEqual([]);
  symlinkSync(`${file}-wal`, `${file}-wal`);
  expect(await warnings()).toEqual([]);
  rmSync(file);
  execFileSync('mkfifo', [file]);
  expect(await warnings()).toEqual([]);
});

it('a copy that has not ended is said at every start', async () => {
  await fill(copying.source);
  await copying.run();
  await withDataSource(copying.target, (dataSource) =>
    dataSource.query('UPDATE writeassistdev_chat_copies SET verified_at = NULL'),
  );
  expect(await warnings('/nowhere')).toEqual([
    'A copy from SQLite into this database has not ended: run npm run copy again before chats are saved here.',
  ]);
});
