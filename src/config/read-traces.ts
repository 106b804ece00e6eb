import { validateHeaderName, validateHeaderValue } from 'node:http';
import { traceSamplers, type TracesConfig } from './config.js';
import type { EnvReader } from './env-reader.js';
import { readHttpUrl } from './urls.js';

const path = '/v1/traces';

/** The variables have the names and meanings that OpenTelemetry gives them for every program. */
export function readTraces(reader: EnvReader, production: boolean): TracesConfig | undefined {
  const endpoint = readHttpUrl(reader, 'OTEL_EXPORTER_OTLP_ENDPOINT', {
    // Headers usually have a key.
    allowInsecure: !production || reader.optional('OTEL_EXPORTER_OTLP_HEADERS') === undefined,
    insecureMessage: 'must be https:// in production with OTEL_EXPORTER_OTLP_HEADERS, unless it is loopback',
  });
  // Platforms set the others for all programs, also for those that send no traces.
  if (endpoint === undefined) return undefined;
  const base = endpoint.href.replace(/\/$/, '');
  if (base.endsWith(path)) reader.addProblem('OTEL_EXPORTER_OTLP_ENDPOINT', `must end before ${path}, which is added`);
  return {
    url: new URL(base + path),
    headers: readHeaders(reader),
    serviceName: reader.text('OTEL_SERVICE_NAME'),
    sampler: reader.oneOf('OTEL_TRACES_SAMPLER', traceSamplers),
    ratio: readRatio(reader),
    sendingIntervalMs: reader.integer('OTEL_BSP_SCHEDULE_DELAY', 10, 60_000),
  };
}

/** Problems do not quote the value, which may be a key. */
function readHeaders(reader: EnvReader): Record<string, string> {
  const headers = reader.list('OTEL_EXPORTER_OTLP_HEADERS').map(parseHeader);
  if (headers.includes(undefined)) {
    reader.addProblem(
      'OTEL_EXPORTER_OTLP_HEADERS',
      'must be a comma-separated list of name=value, in which % , and other special characters are percent-encoded',
    );
  }
  return Object.fromEntries(headers.filter((header) => header !== undefined));
}

function parseHeader(entry: string): [name: string, value: string] | undefined {
  const [, name, encoded] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
  if (name === undefined || encoded === undefined) return undefined;
  try {
    const header: [string, string] = [name.trim(), decodeURIComponent(encoded.trim())];
    validateHeaderName(header[0]);
    validateHeaderValue(...header);
    return header;
  } catch {
    return undefined;
  }
}

function readRatio(reader: EnvReader): number {
  const text = reader.text('OTEL_TRACES_SAMPLER_ARG');
  const ratio = /^(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : NaN;
  if (!(ratio <= 1)) reader.addProblem('OTEL_TRACES_SAMPLER_ARG', 'must be a number from 0 to 1');
  return ratio;
}
