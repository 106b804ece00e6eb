// Loaded into the backup command: the copy of the database stops half way until a file appears.
import { copyFileSync, existsSync, truncateSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const { copyFile, stat } = promises;

promises.copyFile = async (from, to, mode) => {
  copyFileSync(from, to);
  truncateSync(to, (await stat(from)).size / 2);
  process.stdout.write('half way\n');
  while (!existsSync(process.env.CONTINUE_FILE)) await sleep(20);
  await copyFile(from, to, mode);
};
syncBuiltinESMExports();
