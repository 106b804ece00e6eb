import { failure, ok, skipped, warning, type Finding } from '../common/finding.js';
import { configurationError } from '../common/startup-error.js';
import type { Check, CheckResult, Lane } from './check.js';
import { runChecks } from './run-checks.js';

const check = (name: string, run: Check['run'], lane: Lane = 'machine'): Check => ({ name, title: name, lane, run });
const never = () => new Promise<Finding[]>(() => undefined);

async function run(checks: Check[]): Promise<string[]> {
  const reported: CheckResult[] = [];
  const results = await runChecks(checks, 50, (result) => reported.push(result));
  expect(reported).toEqual(results);
  return results.map(
    ({ name, status, findings }) => `${name} ${status}: ${findings.map(({ text }) => text).join(' | ')}`,
  );
}

describe('running checks', () => {
  it('reports all in their order, each with the worst status of its findings', async () => {
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return [ok('late')];
    };
    expect(
      await run([
        check('slow', slow),
        check('mixed', () => [ok('a'), failure('b'), warning('c')], 'keys'),
        check('advice', () => [skipped('a'), warning('b')], 'public'),
        check('off', () => [skipped('a')]),
      ]),
    ).toEqual(['slow ok: late', 'mixed error: a | b | c', 'advice warning: a | b', 'off skipped: a']);
  });

  it('goes on after one that throws, and shows no message that may have data', async () => {
    const thrown = Object.assign(new Error('Duplicate entry hunter2'), { errno: 1062, code: 'ER_DUP_ENTRY' });
    expect(
      await run([
        check('known', () => Promise.reject(configurationError('set PORT'))),
        check('unknown', () => {
          throw thrown;
        }),
        check('last', () => [ok('fine')]),
      ]),
    ).toEqual([
      'known error: set PORT',
      'unknown error: The check itself failed (Error ER_DUP_ENTRY 1062). Please report it.',
      'last ok: fine',
    ]);
  });

  it('leaves one that hangs at its deadline: others of its lane run then, those of other lanes at once', async () => {
    const times: number[] = [];
    const start = performance.now();
    const note = () => {
      times.push(performance.now() - start);
      return [ok('')];
    };
    const [hanging] = await run([check('hangs', never, 'moodle'), check('next', note, 'moodle'), check('other', note)]);
    expect(hanging).toMatch(/^hangs error: No result within 0\.05 s: /);
    const [other = NaN, next = NaN] = times;
    expect(other).toBeLessThan(next);
    expect(next).toBeGreaterThanOrEqual(49);
  });
});
