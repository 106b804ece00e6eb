/** Counts what ran on which engine, and looks through the logs of the run. */
export default class SummaryReporter {
  onRunComplete(contexts: unknown, results: { numPendingTests: number; numTodoTests: number }): void;
  getLastError(): Error | undefined;
}
