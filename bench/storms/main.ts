// What must not grow with the number of messages or sessions, and many clients at one place: npm run bench:storms
import { endPrograms } from '../../test/support/process/program.js';
import { withoutLimits } from '../../test/support/http/without-limits.js';
import { buildDist } from '../../test/support/run/build-dist.mjs';
import { useRunFolder } from '../../test/support/run/run-folder.js';
import { fillStore, numbersOfMariadb, rememberStore } from '../data.js';
import { install } from '../install.js';
import { startBenchMariadb } from '../mariadb.js';
import { activate, save } from '../operations.js';
import { median, type Comparison } from '../pairs.js';
import { Suite } from '../suite.js';
import { startApp } from '../targets/target.js';
import { fillStorms } from './data.js';
import { createStorms, type Storm } from './operations.js';

const owners = 200;
const amounts = { pairs: 5, requests: 2_000, obviousRequests: 0, warmUp: 1_500 };

useRunFolder('storms');

install();
await buildDist();
const mariadb = await startBenchMariadb();
try {
  const { databaseUrl, pid, sql } = mariadb;
  // One owner sends as much as it can; the quotas of messages and sessions stay.
  const environment = { ...withoutLimits, QUOTA_OWNER_MB_PER_MINUTE: '0', DATABASE_URL: databaseUrl };
  const target = await startApp('app', environment);
  print('Filling MariaDB');
  await fillStore(sql, numbersOfMariadb, owners);
  const stormOwners = await fillStorms(sql, owners);
  await rememberStore(sql);
  await sql('ANALYZE TABLE writeassistdev_chat, writeassistdev_chat_sessions');
  const suite = new Suite({ owners, pid, sql }, amounts, print);
  const rows: string[] = [];
  for (const storm of createStorms(stormOwners, save, activate)) {
    const [base, other] = [
      { target, operation: storm.base },
      { target, operation: storm.other },
    ];
    await suite.warmUp([base, other]);
    const row = describe(storm, await suite.compare(base, other));
    rows.push(row.text);
    if (!row.isMet) process.exitCode = 1;
  }
  const [{ deadlocks } = { deadlocks: undefined }] = await sql(
    "SELECT VARIABLE_VALUE AS deadlocks FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_DEADLOCKS'",
  );
  print(
    `\n| operation | against | CPU | p99 | at most | |\n| --- | --- | ---: | ---: | ---: | --- |\n${rows.join('\n')}`,
  );
  print(`\nEvery response was 2xx. Deadlocks in InnoDB: ${String(deadlocks)}`);
} finally {
  await endPrograms();
  await mariadb.stop();
}

/** The times of the other in those of the base. */
function describe({ base, other, maxCpu, maxP99 }: Storm, { cpu, pairs }: Comparison) {
  const ofCpu = 1 / cpu.median;
  const ofP99 = median(pairs.map((pair) => pair.target.p99 / pair.base.p99));
  const isMet = ofCpu <= (maxCpu ?? Infinity) && ofP99 <= (maxP99 ?? Infinity);
  const limit = maxCpu === undefined ? `p99 ${maxP99}` : `CPU ${maxCpu}`;
  const cells = [other.name, base.name, ofCpu.toFixed(2), ofP99.toFixed(2), limit, isMet ? 'met' : 'MISSED'];
  return { text: `| ${cells.join(' | ')} |`, isMet };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
