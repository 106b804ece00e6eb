import { IsInstance, IsInt, IsOptional, ValidateIf } from 'class-validator';
import { ValidationFailedError } from '../common/domain-error.js';
import { JsonText } from '../common/json-text.js';
import { JsonField } from './json-field.decorator.js';
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

describe('RequestValidationPipe', () => {
  const pipe = new RequestValidationPipe();
  const transform = (value: unknown, type: 'body' | 'query' = 'body') =>
    pipe.transform(value, { type, metatype: Input });
  const problemsOf = (value: unknown, type: 'body' | 'query' = 'body') => {
    try {
      transform(value, type);
    } catch (error) {
      if (error instanceof ValidationFailedError) return error.problems;
      throw error;
    }
    throw new Error('expected a ValidationFailedError');
  };

  it('returns an instance of the class with only the sent fields', () => {
    const input = transform({ text: 'good', any: 'x' });
    expect(input).toBeInstanceOf(Input);
    expect({ ...(input as object) }).toEqual({ text: 'good', any: 'x' });
  });

  it('does not change other parameters, nor those without a class', () => {
    const metadata = { metatype: Input, type: 'param' } as const;
    expect(pipe.transform('x', metadata)).toBe('x');
    expect(pipe.transform({ a: 1 }, { type: 'custom', metatype: Input })).toEqual({ a: 1 });
    expect(pipe.transform({ a: 1 }, { type: 'body' })).toEqual({ a: 1 });
  });

  it('treats a missing body as an empty object', () => {
    expect(problemsOf(undefined)).toEqual([{ in: 'body', pointer: '/text', detail: 'must be a string' }]);
  });

  it.each([[[]], [[{ text: 'good' }]], ['good'], [5], [true], [false], [null]])(
    'rejects %j, which is not an object',
    (value) => {
      expect(problemsOf(value)).toEqual([{ in: 'body', pointer: '', detail: 'must be a JSON object' }]);
    },
  );

  it.each([[null], [1], [true]])('rejects %j where a string is expected', (value) => {
    expect(problemsOf({ text: 'good', any: value })).toEqual([
      { in: 'body', pointer: '/any', detail: 'must be a string' },
    ]);
  });

  it.each<[string, unknown]>([
    ['a list', ['good']],
    ['an object', { toString: () => 'good' }],
  ])('rejects %s as the value of a field', (_, value) => {
    const detail = 'must be a single value, not a list or an object';
    expect(problemsOf({ text: value })).toEqual([{ in: 'body', pointer: '/text', detail }]);
  });

  it('does not take a list or an object for a field that was not sent', () => {
    class Change {
      @ValidateIf(({ other }: Change) => other === undefined)
      @MatchesRule(() => undefined)
      wanted?: string;

      @OptionalButNotNull()
      @MatchesRule(() => undefined)
      other?: string;
    }
    const detail = 'must be a single value, not a list or an object';
    for (const other of [[], {}, ['x']]) {
      const change = () => pipe.transform({ other }, { type: 'body', metatype: Change });
      expect(change).toThrow(
        expect.objectContaining({ problems: [{ in: 'body', pointer: '/other', detail }] }) as Error,
      );
    }
  });

  it('reports every problem with its place', () => {
    const problems = problemsOf({ text: 'bad', any: 1, count: 'x', extra: 1, list: [] }, 'query');
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
    'rejects the field %s, whatever its value',
    (name) => {
      for (const value of ['x', 1, null]) {
        const problems = problemsOf({ text: 'good', [name]: value });
        expect(problems).toEqual([{ in: 'body', pointer: `/${name}`, detail: 'is not a field of this request' }]);
      }
      const [problem] = problemsOf({ text: 'good', [name]: { any: 'x' } });
      expect(problem?.pointer).toBe(`/${name}`);
      expect('any' in {}).toBe(false);
    },
  );

  it('escapes names in JSON pointers and shortens long ones', () => {
    const pointers = problemsOf({ text: 'good', 'a/b~c': 1, ['x'.repeat(500)]: 1 }).map(({ pointer }) => pointer);
    expect(pointers.sort()).toEqual(['/a~1b~0c', `/${'x'.repeat(100)}`]);
  });

  it('rejects too many fields without validating each', () => {
    const fields = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`f${n}`, 1]));
    expect(problemsOf(fields)).toEqual([{ in: 'body', pointer: '', detail: 'must have at most 50 fields' }]);
  });

  it('validates each of as many fields as there may be', () => {
    const fields = Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`f${n}`, 1]));
    expect(problemsOf({ text: 'good', ...fields })).toHaveLength(49);
  });

  it('accepts queries, which have no prototype', () => {
    const query = Object.assign(Object.create(null) as object, { text: 'good' });
    expect(transform(query, 'query')).toMatchObject({ text: 'good' });
  });
});

describe('a JSON field', () => {
  class WithJson {
    @JsonField()
    @OptionalButNotNull()
    @IsInstance(JsonText, { message: 'must be a list or an object' })
    json?: JsonText;

    @OptionalButNotNull()
    @MatchesRule(() => undefined)
    text?: string;
  }
  const transform = (value: unknown) =>
    new RequestValidationPipe().transform(value, { type: 'body', metatype: WithJson }) as WithJson;

  const problemsOf = (value: unknown) => {
    try {
      transform(value);
    } catch (error) {
      if (error instanceof ValidationFailedError) return error.problems;
      throw error;
    }
    return [];
  };

  it('is passed on as the text', () => {
    const json = new JsonText('{"__proto__":[1]}');
    expect(transform({ json, text: 'x' })).toEqual({ json, text: 'x' });
    expect(transform({ json }).json).toBe(json);
  });

  it('is checked by its rules', () => {
    const problem = { in: 'body', pointer: '/json', detail: 'must be a list or an object' };
    for (const json of ['[]', 1, null]) {
      expect(problemsOf({ json })).toEqual([problem]);
    }
  });

  it('is no other field', () => {
    const detail = 'must be a single value, not a list or an object';
    const problem = { in: 'body', pointer: '/text', detail };
    expect(problemsOf({ text: new JsonText('[]') })).toEqual([problem]);
  });
});
