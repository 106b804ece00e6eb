import { IsInt, IsOptional } from 'class-validator';
import { ValidationFailedError } from '../common/domain-error.js';
import { MatchesRule, OptionalButNotNull } from './text-rule.js';
import { RequestValidationPipe } from './request-validation.pipe.js';

class Input {
  @MatchesRule((text) => (text === 'good' ? undefined : 'must be good'))
  text!: string;

  @OptionalButNotNull()
  @MatchesRule(() => undefined)
  any?: string;

  @IsOptional()
  @IsInt({ message: 'must be a number' })
  count?: number;
}

describe('the check of bodies and queries', () => {
  const pipe = new RequestValidationPipe();
  const transform = (value: unknown, type: 'body' | 'query' = 'body') =>
    pipe.transform(value, { type, metatype: Input });
  const problemsOf = async (value: unknown, type: 'body' | 'query' = 'body') => {
    try {
      await transform(value, type);
    } catch (error) {
      if (error instanceof ValidationFailedError) return error.problems;
      throw error;
    }
    throw new Error('it was taken');
  };

  it('gives an instance of its class, with the fields that were sent and no others', async () => {
    const input = await transform({ text: 'good', any: 'x' });
    expect(input).toBeInstanceOf(Input);
    expect({ ...(input as object) }).toEqual({ text: 'good', any: 'x' });
  });

  it('leaves alone what is neither a body nor a query, and what has no class', async () => {
    const metadata = { metatype: Input, type: 'param' } as const;
    expect(await pipe.transform('x', metadata)).toBe('x');
    expect(await pipe.transform({ a: 1 }, { type: 'custom', metatype: Input })).toEqual({ a: 1 });
    expect(await pipe.transform({ a: 1 }, { type: 'body' })).toEqual({ a: 1 });
  });

  it('takes no body for one without fields', async () => {
    expect(await problemsOf(undefined)).toEqual([{ in: 'body', pointer: '/text', detail: 'must be a string' }]);
  });

  it.each([[[]], [[{ text: 'good' }]], ['good'], [5], [true], [false], [null]])('%j is no object', async (value) => {
    expect(await problemsOf(value)).toEqual([{ in: 'body', pointer: '', detail: 'must be a JSON object' }]);
  });

  it.each([[null], [1], [true]])('null is a value, and %j is not a text', async (value) => {
    expect(await problemsOf({ text: 'good', any: value })).toEqual([
      { in: 'body', pointer: '/any', detail: 'must be a string' },
    ]);
  });

  it.each<[string, unknown]>([
    ['a list', ['good']],
    ['an object', { toString: () => 'good' }],
  ])('a field is not %s', async (_, value) => {
    const detail = 'must be a single value, not a list or an object';
    expect(await problemsOf({ text: value })).toEqual([{ in: 'body', pointer: '/text', detail }]);
  });

  it('tells everything at once, and where', async () => {
    const problems = await problemsOf({ text: 'bad', any: 1, count: 'x', extra: 1, list: [] }, 'query');
    expect(problems).toHaveLength(5);
    expect(problems).toEqual(
      expect.arrayContaining([
        { in: 'query', pointer: '/text', detail: 'must be good' },
        { in: 'query', pointer: '/any', detail: 'must be a string' },
        { in: 'query', pointer: '/count', detail: 'must be a number' },
        { in: 'query', pointer: '/extra', detail: 'is not a field of this request' },
        { in: 'query', pointer: '/list', detail: 'must be a single value, not a list or an object' },
      ]),
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', 'then', ''])(
    'refuses the field %s, whatever is in it',
    async (name) => {
      for (const value of ['x', 1, null]) {
        const problems = await problemsOf({ text: 'good', [name]: value });
        expect(problems).toEqual([{ in: 'body', pointer: `/${name}`, detail: 'is not a field of this request' }]);
      }
      const [problem] = await problemsOf({ text: 'good', [name]: { any: 'x' } });
      expect(problem?.pointer).toBe(`/${name}`);
      expect('any' in {}).toBe(false);
    },
  );

  it('writes names as JSON pointers, and not all of a long one', async () => {
    const pointers = (await problemsOf({ text: 'good', 'a/b~c': 1, ['x'.repeat(500)]: 1 })).map(
      ({ pointer }) => pointer,
    );
    expect(pointers.sort()).toEqual(['/a~1b~0c', `/${'x'.repeat(100)}`]);
  });

  it('does not look at each of very many fields', async () => {
    const fields = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, 1]));
    expect(await problemsOf(fields)).toEqual([{ in: 'body', pointer: '', detail: 'must have at most 50 fields' }]);
  });

  it('reads queries, which have no prototype', async () => {
    const query = Object.assign(Object.create(null) as object, { text: 'good' });
    expect(await transform(query, 'query')).toMatchObject({ text: 'good' });
  });
});
