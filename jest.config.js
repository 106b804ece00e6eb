import { availableParallelism } from 'node:os';
import { buildArgv } from 'jest';
import {
  chromiumPath,
  clientGeneratorsAreInstalled,
  nginxPath,
  phpPath,
  promtoolPath,
} from './test/support/run/installed.mjs';
import { mariadbIsInstalled } from './test/support/database/mariadb.mjs';

// A server that is given comes first, then a private one; without either the MariaDB half cannot run, and CI does not accept that.
if (!process.env.TEST_DATABASE_URL && mariadbIsInstalled()) process.env.TEST_MARIADB = 'start';
const mariadb = Boolean(process.env.TEST_DATABASE_URL || process.env.TEST_MARIADB);
if (!mariadb && process.env.CI) throw new Error('MariaDB is not installed, and CI must not leave its tests out');
const chromium = chromiumPath() !== undefined;
if (!chromium && process.env.CI) throw new Error('Chromium is not installed, and CI must not leave its tests out');
const nginxIsInstalled = nginxPath() !== undefined;
const nginx = nginxIsInstalled && mariadb;
if (!nginx && process.env.CI) throw new Error('nginx is not installed, and CI must not leave its tests out');

const php = phpPath() !== undefined;
if (!php && process.env.CI) throw new Error('PHP is not installed, and CI must not leave its tests out');

const promtool = promtoolPath() !== undefined;
if (!promtool && process.env.CI) throw new Error('promtool is not installed, and CI must not leave its tests out');

const project = (displayName, testMatch, globals = {}) => ({
  displayName,
  testMatch,
  globals,
  runner: '<rootDir>/test/support/run/runner.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/support/run/timeouts.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
});
// Files named *.sqlite.* are about the embedded engine alone, those named *.mariadb.* about MariaDB, or about the way
// from one to the other. Those named *.moodle.* run on every engine, beside a Moodle whose own database is MariaDB:
// without it they cannot run. Those named *.nginx.*, *.php.* and *.promtool.* need these programs.
const everyEngine = (folder, kind) => [
  `<rootDir>/test/${folder}/**/!(*.sqlite|*.mariadb|*.moodle|*.nginx|*.php|*.promtool).${kind}.ts`,
  ...(mariadb ? [`<rootDir>/test/${folder}/**/*.moodle.${kind}.ts`] : []),
];
const mariadbToo = (folder, kind) => [
  ...everyEngine(folder, kind),
  ...(mariadb ? [`<rootDir>/test/${folder}/**/*.mariadb.${kind}.ts`] : []),
];
const sqliteToo = (folder, kind) => [...everyEngine(folder, kind), `<rootDir>/test/${folder}/**/*.sqlite.${kind}.ts`];
const isFull = process.env.TEST_FULL === '1';
// Whole programs take seconds to start: without a pattern, `npm test` runs only the files about starting, stopping and
// kills. A pattern selects among all files.
const { _: paths, testPathPatterns = [], testNamePattern } = await buildArgv(process.argv.slice(2));
const hasPattern = paths.length + testPathPatterns.length > 0 || testNamePattern !== undefined;
const processFiles =
  isFull || hasPattern
    ? [
        ...mariadbToo('process', 'process'),
        ...(nginx ? ['<rootDir>/test/process/**/*.nginx.process.ts'] : []),
        ...(promtool ? ['<rootDir>/test/process/**/*.promtool.process.ts'] : []),
      ]
    : ['start', 'shutdown', 'durability', ...(mariadb ? ['import-killed.moodle'] : [])].map(
        (name) => `<rootDir>/test/process/${name}.process.ts`,
      );
// `npm run test:all` installs what this file needs.
const clients = clientGeneratorsAreInstalled();
if (!clients && isFull && process.env.CI)
  throw new Error('tools/clients is not installed, and CI must not leave it out');
if (!clients) processFiles.push('!**/test/process/generated-clients.process.ts');
// Two programs that a few tests of HTTP compare the server with, or put in front of it.
const programTests = [
  ...(nginxIsInstalled ? ['<rootDir>/test/e2e/http/**/*.nginx.e2e.ts'] : []),
  ...(php ? ['<rootDir>/test/e2e/http/**/*.php.e2e.ts'] : []),
];
// The docs page, the module and a page of Moodle; those about networks that fail, other origins, proxies and credentials
// take most of the time in the browser.
const browserSample = ['docs-page.sqlite', 'multi-chat-manager'];
if (mariadb) browserSample.push('moodle-page.moodle');
const browserFiles =
  isFull || hasPattern
    ? [
        ...sqliteToo('browser', 'browser'),
        ...(nginxIsInstalled ? ['<rootDir>/test/browser/**/*.nginx.browser.ts'] : []),
      ]
    : browserSample.map((name) => `<rootDir>/test/browser/${name}.browser.ts`);
// What HTTP tests look at is decided before a statement is sent: one engine shows it.
const onBothEngines = 'e2e/!(http)';

export default {
  projects: [
    project('units', [
      '<rootDir>/src/**/*.spec.ts',
      '<rootDir>/test/architecture/**/*.spec.ts',
      '<rootDir>/test/faults/**/*.spec.ts',
    ]),
    project('processes', processFiles),
    project('http', [...sqliteToo('e2e/http', 'e2e'), ...programTests], { testEngine: 'sqlite' }),
    project('sqlite', sqliteToo(onBothEngines, 'e2e'), { testEngine: 'sqlite' }),
    ...(mariadb ? [project('mariadb', mariadbToo(onBothEngines, 'e2e'), { testEngine: 'mariadb' })] : []),
    ...(chromium ? [project('browser-sqlite', browserFiles, { testEngine: 'sqlite' })] : []),
    ...(chromium && mariadb && isFull
      ? [project('browser-mariadb', everyEngine('browser', 'browser'), { testEngine: 'mariadb' })]
      : []),
  ],
  testSequencer: './test/support/run/sequencer.mjs',
  globalSetup: './test/support/run/global-setup.mjs',
  globalTeardown: './test/support/run/global-teardown.mjs',
  reporters: ['default', './test/support/run/summary-reporter.mjs'],
  // Two more than cores, since many tests wait; each worker needs some 400 MB.
  maxWorkers: availableParallelism() + 2,
};
