// Runs every test in full, on every platform; takes the options of Jest. Without options it then runs the core tests
// again, on a MariaDB whose settings are wrong and as an ordinary user: no setting of a server may change what they see.
// Last it injects each fault of test/faults.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mariadbIsInstalled, startMariadb } from '../test/support/database/mariadb.mjs';
import { clientGeneratorsAreInstalled, clientTools } from '../test/support/run/installed.mjs';
import { apply, mixedServer, ordinaryUser } from '../test/support/database/wrong-settings.js';
import { installLocked } from './install-locked.mjs';

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const faults = fileURLToPath(new URL('../test/faults/main.ts', import.meta.url));
const coreTests = ['--selectProjects=mariadb', '--testPathPatterns=e2e/(rest|legacy)/'];

/** What an interrupted run must end. */
const started = [];
process.once('exit', () => {
  for (const one of started) one.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

async function run(program, options, environment) {
  const child = spawn(process.execPath, [...process.execArgv, program, ...options], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  // Jest removes its folder when it is terminated.
  started.push({ kill: () => child.kill('SIGTERM') });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal === null ? code : 1));
  });
}

async function runCoreTestsOnWrongServer() {
  if (!mariadbIsInstalled()) {
    console.log('*** NOT RUN: the core tests on a MariaDB with wrong settings, because MariaDB is not installed.');
    return 0;
  }
  console.log('\nThe core tests again, on a MariaDB with wrong settings, as an ordinary user:\n');
  const server = await startMariadb();
  started.push(server);
  try {
    const url = await ordinaryUser(server);
    await apply(server, mixedServer);
    return await run(jest, coreTests, { TEST_DATABASE_URL: url });
  } finally {
    await server.stop();
  }
}

/** Where there is no network the run says what it leaves out, and with `CI` set it does not start. */
function installClientGenerators() {
  if (!clientGeneratorsAreInstalled()) installLocked(clientTools);
}

const options = process.argv.slice(2);
installClientGenerators();
process.exitCode = await run(jest, options, { TEST_FULL: '1' });
if (options.length === 0) {
  if (process.exitCode === 0) process.exitCode = await runCoreTestsOnWrongServer();
  if (process.exitCode === 0) process.exitCode = await run(faults, [], {});
}
