import { shortestMs } from '../../test/support/run/shortest-ms.js';
import { ValidationFailedError } from '../common/domain-error.js';
import { readIfMatch } from './entity-version.js';

describe('If-Match', () => {
  it.each<[string[] | undefined, number[] | undefined]>([
    [undefined, undefined],
    [['*'], undefined],
    [['"1"'], [1]],
    [['W/"12"'], [12]],
    [
      ['"1"', '"2"'],
      [1, 2],
    ],
    [['"a,b" , "3"'], [3]],
    [['"a"'], []],
    [['"1000000000000000"'], []],
  ])('%j names %j', (values, versions) => {
    expect(readIfMatch(values)).toEqual(versions);
  });

  it.each([[''], ['1'], ['"1" "2"'], ['*', '"1"'], ['*, *'], ['"\n"'], ['"a" b"']])('%j is malformed', (...values) => {
    expect(() => readIfMatch(values)).toThrow(ValidationFailedError);
  });

  it('of many thousand characters is read at once', async () => {
    const read = () => {
      expect(() => readIfMatch(['"1",'.repeat(5000)])).toThrow(ValidationFailedError);
    };
    expect(await shortestMs(200, read)).toBeLessThan(200);
  });
});
