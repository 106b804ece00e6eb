import { findLeaks, readRun } from './leaks.mjs';

/** Counts the tests of each project, and searches the logs of the run for secrets; the teardown prints both. */
export default class SummaryReporter {
  #counts = {};
  #error;

  // Not in onRunComplete: a file that could not run names its project only here.
  onTestResult({ context }, { numPassingTests, numFailingTests, testExecError }) {
    const count = (this.#counts[context.config.displayName?.name ?? 'other'] ??= { passed: 0, failed: 0 });
    count.passed += numPassingTests;
    count.failed += numFailingTests + (testExecError ? 1 : 0);
  }

  onRunComplete(_contexts, results) {
    globalThis.__COUNTS__ = this.#counts;
    globalThis.__SKIPPED__ = results.numPendingTests + results.numTodoTests;
    const { lines, secrets } = readRun(process.env.TEST_RUN_FOLDER);
    const leaks = findLeaks(lines, secrets);
    globalThis.__LOGS__ = { lines: lines.length, secrets: secrets.length, leaks };
    if (leaks.length === 0) return;
    this.#counts.logs = { passed: 0, failed: 1 };
    this.#error = new Error(`log lines with secrets: ${leaks.length}`);
  }

  /** If this returns an error, Jest reports the run as failed. */
  getLastError() {
    return this.#error;
  }
}
