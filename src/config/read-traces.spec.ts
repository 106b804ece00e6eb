import { problemsOf } from '../../test/support/http/refused-config.js';
import { readConfig } from './read-config.js';

describe('OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  const name = 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const tracesOf = (environment: Record<string, string>) => readConfig(environment).traces;

  it('turns traces on; without it the other variables have no effect', () => {
    expect(tracesOf({ OTEL_TRACES_SAMPLER: 'rubbish', OTEL_SERVICE_NAME: 'a' })).toBeUndefined();
    expect(tracesOf({ [name]: 'http://collector:4318' })).toEqual({
      url: new URL('http://collector:4318/v1/traces'),
      headers: {},
      serviceName: 'writeassistdev-chat-store',
      sampler: 'parentbased_always_on',
      ratio: 1,
      sendingIntervalMs: 2000,
    });
    expect(tracesOf({ [name]: 'https://host/otlp/' })?.url.href).toBe('https://host/otlp/v1/traces');
  });

  it('reads headers, sampling and the interval', () => {
    const sampling = {
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '.25',
      OTEL_BSP_SCHEDULE_DELAY: '10',
    };
    const OTEL_EXPORTER_OTLP_HEADERS = ' Authorization=Basic%20YTpiCg== , x-key = a%2Cb';
    expect(tracesOf({ [name]: 'https://host', OTEL_EXPORTER_OTLP_HEADERS, ...sampling })).toMatchObject({
      headers: { Authorization: 'Basic YTpiCg==', 'x-key': 'a,b' },
      sampler: 'traceidratio',
      ratio: 0.25,
      sendingIntervalMs: 10,
    });
  });

  it.each<[string, string, RegExp]>([
    [name, 'collector:4318', /^must be an http:/],
    [name, 'http://user:hunter2@collector', /^must be an http:/],
    [name, 'http://collector:4318/v1/traces', /^must end before/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'hunter2', /^must be a comma-separated list/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=hunter2,b c=d', /^must be a comma-separated list/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=hunter2%0d%0ab', /^must be a comma-separated list/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=hunter2%', /^must be a comma-separated list/],
    ['OTEL_TRACES_SAMPLER', 'sometimes', /^must be one of parentbased_always_on,/],
    ['OTEL_TRACES_SAMPLER_ARG', '1.01', /^must be a number from 0 to 1/],
    ['OTEL_TRACES_SAMPLER_ARG', '-1', /^must be a number from 0 to 1/],
    ['OTEL_BSP_SCHEDULE_DELAY', '9', /^must be a whole number from 10 to 60000/],
  ])('rejects %s=%s without a secret in the message', (variable, value, message) => {
    const [problem = '', ...others] = problemsOf({ [name]: 'http://localhost:4318', [variable]: value });
    expect(others).toEqual([]);
    expect(problem.slice(0, variable.length)).toBe(variable);
    expect(problem.slice(variable.length + 1)).toMatch(message);
    expect(problem).not.toContain('hunter2');
  });

  it('needs https:// in production when a key is sent, unless it is loopback', () => {
    const production = { NODE_ENV: 'production', JWT_SECRET: 'kX4vN8qR2tY6uI0oP3aS7dF1gH5jK9lZ2xC4vB8nM6q' };
    const keyed = (url: string) => ({ ...production, [name]: url, OTEL_EXPORTER_OTLP_HEADERS: 'a=b' });
    expect(problemsOf(keyed('http://collector:4318'))).toEqual([expect.stringMatching(/must be https:/)]);
    expect(tracesOf(keyed('http://127.0.0.1:4318'))).toBeDefined();
    expect(tracesOf({ ...production, [name]: 'http://collector:4318' })).toBeDefined();
  });
});
