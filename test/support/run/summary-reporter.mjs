import { findLeaks, readRun } from './leaks.mjs';

/** Counts what ran on which engine, and looks through the logs of the run; the teardown says it, as its last words. */
export default class SummaryReporter {
  #counts = {};
  #error;

  // Here and not at the end: what could not be run at all says only here where it belongs.
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
    this.#error = new Error(`lines of the logs that have what no log may have: ${leaks.length}`);
  }

  /** With one, Jest takes the run for failed. */
  getLastError() {
    return this.#error;
  }
}
