export const metricsPath = '/metrics';

/** The metrics of this process. The implementation is loaded only with METRICS=on. */
export abstract class Metrics {
  abstract readonly contentType: string;

  /** All metrics in the text format of Prometheus (docs/operations.md lists them). */
  abstract read(): Promise<string>;

  /** @param route the pattern of the route: a path would have the ids of sessions */
  abstract observeRequest(method: string, route: string, status: number, seconds: number): void;
}
