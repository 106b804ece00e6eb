import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import TestRunner from 'jest-runner';

const folder = process.env.MUTATION_FOLDER;
/** Names, duration and failures of each test file: as the run without a mutant wrote them, and as this worker updates them. */
const initialStats = join(folder, 'test-files.json');
const workerStats = join(folder, `test-files-${process.env.STRYKER_MUTATOR_WORKER}.json`);

/**
 * Jest's test runner for one mutant at a time. Skips the test files that do not reach the mutant, runs those first that
 * fail often and quickly, and stops after the first failure. Jest ignores `bail` when it is started by a program.
 */
export default class BailRunner extends TestRunner {
  async runTests(tests, watcher, options) {
    // Tests write the logs of their servers to this folder; nothing reads them here.
    process.env.TEST_RUN_FOLDER = mkdtempSync(join(folder, 'run-'));
    if (existsSync(initialStats)) await this.#runUntilOneFails(tests, watcher, options);
    else await this.#runAll(tests, watcher, options);
    rmSync(process.env.TEST_RUN_FOLDER, { recursive: true });
  }

  async #runAll(tests, watcher, options) {
    const files = {};
    this.on('test-file-success', ([{ path }, { testResults, perfStats }]) => {
      files[path] = { names: testResults.map(({ fullName }) => fullName), ms: perfStats.runtime, runs: 0, failures: 0 };
    });
    await super.runTests(tests, watcher, options);
    writeFileSync(initialStats, JSON.stringify(files));
  }

  async #runUntilOneFails(tests, watcher, options) {
    const files = JSON.parse(readFileSync(existsSync(workerStats) ? workerStats : initialStats, 'utf8'));
    const { testNamePattern } = this._globalConfig;
    const pattern = new RegExp(testNamePattern ?? '', 'i');
    let failed = false;
    this.on('test-file-success', ([, { numFailingTests }]) => (failed ||= numFailingTests > 0));
    this.on('test-file-failure', () => (failed = true));
    const cost = ({ path }) => (files[path].ms * (files[path].runs + 2)) / (files[path].failures + 1);
    const order = tests
      .filter(({ path }) => files[path].names.some((name) => pattern.test(name)))
      .sort((one, other) => cost(one) - cost(other));
    for (const test of order) {
      await super.runTests([test], watcher, options);
      files[test.path].runs++;
      if (!failed) continue;
      files[test.path].failures++;
      break;
    }
    writeFileSync(workerStats, JSON.stringify(files));
  }
}
