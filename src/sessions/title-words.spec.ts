import { titleQueryProblem, titleWords } from './title-words.js';

describe('the words of a query', () => {
  it.each([
    ['The Nile', [' the', ' nile']],
    ['nile NILE', [' nile']],
    ['Größe', [' grosse']],
    ['東京', ['東京']],
    ['abc東京', [' abc', '東京']],
    ['"quoted words"', [' quoted', ' words']],
  ])('%j are %j', (query, words) => {
    expect(titleWords(query)).toEqual(words);
  });

  it.each([
    ['x', undefined],
    ['a b c d e f g h', undefined],
    ['a b c d e f g h i', 'must have at most 8 words'],
    [' -\0 ', 'must have a letter or a digit'],
    ['\ud800', 'must not have half of a surrogate pair'],
    ['x'.repeat(256), 'must be at most 255 characters'],
  ])('%.40j: %s', (query, problem) => {
    expect(titleQueryProblem(query)).toBe(problem);
  });
});
