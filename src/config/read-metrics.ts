import type { MetricsConfig } from './config.js';
import type { EnvReader } from './env-reader.js';

const minTokenBytes = 16;

/** Metrics tell how much the site is used, so they are never served to everybody. */
export function readMetrics(reader: EnvReader): MetricsConfig | undefined {
  const isOn = reader.oneOf('METRICS', ['off', 'on']) === 'on';
  const token = reader.optional('METRICS_TOKEN');
  if (token !== undefined) {
    if (!isOn) reader.addProblem('METRICS_TOKEN', 'needs METRICS=on');
    if (!/^[A-Za-z0-9._~+/=-]+$/.test(token) || token.length < minTokenBytes) {
      reader.addProblem(
        'METRICS_TOKEN',
        `must be ${minTokenBytes} or more of the letters, digits and . _ ~ + / = -; make one with: openssl rand -base64 24`,
      );
    }
  } else if (isOn && reader.optional('HEALTH_PORT') === undefined) {
    reader.addProblem('METRICS', 'needs HEALTH_PORT, on which /metrics then answers, or METRICS_TOKEN');
  }
  return isOn ? { token } : undefined;
}
