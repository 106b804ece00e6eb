// What writing a reply in chunks, and changing the branch of a large session take: npm run bench:messages -- [--only mariadb|sqlite]
import { parseArgs } from 'node:util';
import { withoutLimits } from '../../test/support/http/without-limits.js';
import { endPrograms, newFolder } from '../../test/support/process/program.js';
import { ServerProcess, testSecret } from '../../test/support/process/server.js';
import { buildDist } from '../../test/support/run/build-dist.mjs';
import { useRunFolder } from '../../test/support/run/run-folder.js';
import { startBenchMariadb } from '../mariadb.js';
import { measureBranches } from './branches.js';
import { measureStreams } from './streams.js';

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
const settings = { ...withoutLimits, JWT_SECRET: testSecret, QUOTA_OWNER_MB_PER_MINUTE: '0' };

async function measure(engine: string, environment: Record<string, string>, folder: string): Promise<void> {
  const server = await ServerProcess.start({ ...environment, ...settings }, folder);
  try {
    const rows = [...(await measureStreams(server.url)), ...(await measureBranches(server.url))];
    for (const { name, p50, p99 } of rows) {
      process.stdout.write(`| ${engine} | ${name} | ${p50.toFixed(1)} | ${p99.toFixed(1)} |\n`);
    }
  } finally {
    await server.end();
  }
}

useRunFolder('bench-messages');
await buildDist();
process.stdout.write('| engine | operation | p50 ms | p99 ms |\n| --- | --- | ---: | ---: |\n');
try {
  if (only !== 'sqlite') {
    const mariadb = await startBenchMariadb();
    try {
      await measure('MariaDB', { DATABASE_URL: mariadb.databaseUrl }, newFolder());
    } finally {
      await mariadb.stop();
    }
  }
  if (only !== 'mariadb') await measure('SQLite', {}, newFolder());
} finally {
  await endPrograms();
}
