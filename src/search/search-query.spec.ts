import { needlesOf, queryProblem } from './search-query.js';

describe('needlesOf', () => {
  it.each([
    ['nile', [' nile']],
    ['  The  Nile ', [' the', ' nile']],
    ['Größe', [' grosse']],
    ['"long rivers"', [' long rivers ']],
    ['“long rivers” nile', [' long rivers ', ' nile']],
    ['"long riv', [' long riv']],
    ['how"long rivers"nile', [' how', ' long rivers ', ' nile']],
    ["don't well-known c++", [' don t', ' well known', ' c']],
    ['編程', ['編程']],
    ['"編程"', ['編程']],
    ['第3章', ['第 3 章']],
    ['"abc編程"', [' abc 編程']],
    ['編程abc', ['編程 abc']],
    ['"編程abc"', ['編程 abc ']],
    ['สวัสดี', ['สวัสดี']],
    ['nile NILE níle', [' nile']],
    ['+ nile - ""', [' nile']],
    ['" " ?', []],
    ['\u309b', []],
    ['😀', []],
    ["%_\\ '; --", []],
  ])('of %j are %j', (query, needles) => {
    expect(needlesOf(query)).toEqual(needles);
  });
});

describe('queryProblem', () => {
  it.each([
    ['', 'must have a letter or a digit'],
    [' ?!"" ', 'must have a letter or a digit'],
    ['a\0', 'must not have U+0000'],
    ['a\ud800', 'must not have half of a surrogate pair'],
    ['a'.repeat(201), 'must be at most 200 characters'],
    ['a'.repeat(100_000), 'must be at most 200 characters'],
    ['𠀀'.repeat(201), 'must be at most 200 characters'],
    ['1 2 3 4 5 6 7 8 9 10 11', 'must be at most 10 words and phrases'],
  ])('of %.20j is %j', (query, problem) => {
    expect(queryProblem(query)).toBe(problem);
  });

  it.each([
    'a',
    '7',
    'a'.repeat(200),
    '𠀀'.repeat(200),
    '1 2 3 4 5 6 7 8 9 10',
    'a a a a a a a a a a a a',
    '"a b c d e f g h i j k"',
  ])('has nothing against %.30j', (query) => {
    expect(queryProblem(query)).toBeUndefined();
  });
});
