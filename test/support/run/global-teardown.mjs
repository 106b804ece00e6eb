import { rmSync } from 'node:fs';
import { chromiumPath, clientGeneratorsAreInstalled, nginxPath, phpPath, promtoolPath } from './installed.mjs';

const names = {
  'browser-sqlite': 'in the browser on SQLite',
  'browser-mariadb': 'in the browser on MariaDB',
  http: 'HTTP',
  units: 'units',
  processes: 'whole processes',
  logs: 'search of the logs',
};

/** Stops the private MariaDB, and prints what ran on which engine and what did not run. */
export default async function teardown() {
  await globalThis.__MARIADB__?.stop();
  globalThis.__MARIADB__ = undefined;
  rmSync(process.env.TEST_RUN_FOLDER, { recursive: true, force: true, maxRetries: 3 });
  const counts = globalThis.__COUNTS__ ?? {};
  const sum = (key) => Object.values(counts).reduce((total, count) => total + count[key], 0);
  const { sqlite, mariadb } = globalThis.__ENGINES__ ?? {};
  const nameOf = (project) => ({ sqlite: `on SQLite ${sqlite}`, mariadb: `on MariaDB ${mariadb}`, ...names })[project];
  const parts = Object.entries(counts).map(
    ([project, { passed, failed }]) =>
      `${nameOf(project) ?? project}: ${passed} passed${failed ? `, ${failed} FAILED` : ''}`,
  );
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${globalThis.__SKIPPED__ ?? 0} skipped`);
  printWhatDidNotRun();
  console.log(`Ran ${parts.join('; ')}.`);
  printLeaks(globalThis.__LOGS__);
}

function printWhatDidNotRun() {
  const hasMariadb = Boolean(process.env.TEST_DATABASE_URL || process.env.TEST_MARIADB);
  if (!hasMariadb) {
    console.log(
      '*** NOT RUN: the tests on MariaDB, and all of importing from one. Install its server (Debian: apt-get install mariadb-server-core mariadb-client)\n' +
        '*** or name one: TEST_DATABASE_URL=mysql://user:password@host:3306/ npm test',
    );
  }
  if (chromiumPath() === undefined) {
    console.log('*** NOT RUN: the tests in the browser. Install it (Debian: apt-get install chromium)');
  }
  if (nginxPath() === undefined || !hasMariadb) {
    console.log(
      '*** NOT RUN: tests behind nginx. They need it (Debian: apt-get install nginx-light), and some MariaDB',
    );
  }
  if (process.env.TEST_FULL === '1' && !clientGeneratorsAreInstalled()) {
    console.log('*** NOT RUN: the generated clients. They need packages: cd tools/clients && npm ci --ignore-scripts');
  }
  if (phpPath() === undefined) {
    console.log('*** NOT RUN: the comparison of forms with PHP. Install it (Debian: apt-get install php-cli)');
  }
  if (promtoolPath() === undefined) {
    console.log('*** NOT RUN: the checks of the alert rules. Install promtool (Debian: apt-get install prometheus)');
  }
  if (process.env.TEST_FULL !== '1') {
    console.log(
      '*** NOT RUN: the full matrices, the long races, kills and imports, most programs as whole processes, nginx, and in\n' +
        '*** the browser networks that fail, proxies, other origins, and MariaDB. npm run test:all runs everything.',
    );
  }
}

function printLeaks({ lines, secrets, leaks } = { lines: 0, secrets: 0, leaks: [] }) {
  if (lines === 0) return;
  const searched = `Searched ${lines} different log lines of the servers for ${secrets} tokens, secrets, cookies and texts`;
  if (leaks.length === 0) console.log(`${searched}: none found.`);
  else console.log(`*** ${searched}:\n${leaks.map(({ kind, line }) => `*** a ${kind} in: ${line}`).join('\n')}`);
}
