import { JsonText, stringifyJson } from '../common/json-text.js';
import { stringifyInPieces } from './long-json.js';

/** The text, and how often others might run before it was complete. */
function written(value: object): { text: string; pauses: number } {
  const pieces = stringifyInPieces(value);
  for (let pauses = 0; ; pauses++) {
    const { done, value: text } = pieces.next();
    if (done) return { text, pauses };
  }
}

describe('stringifyInPieces', () => {
  it.each([
    ['fields of every kind', { a: 1, b: 'x"\u2028', c: null, d: { e: [true] }, 'f"': undefined, g: new Date(0) }],
    ['lists of every kind', { empty: [], numbers: [1, 2], objects: [{ a: 1 }, { b: undefined }], nested: [[1], []] }],
    ['texts that are JSON already', { data: [{ payload: new JsonText('{"2":1.0}') }], more: new JsonText('[]') }],
    ['nothing', {}],
  ])('writes %s as a whole would be written', (_, value) => {
    expect(written(value).text).toBe(stringifyJson(value));
  });

  it('lets others run after each long item', () => {
    const long = { content: '"'.repeat(100_000) };
    expect(written({ data: [long, long, long] })).toEqual({
      text: stringifyJson({ data: [long, long, long] }),
      pauses: 3,
    });
    expect(written({ data: [{ content: 'short' }, { content: 'short' }] }).pauses).toBe(0);
  });
});
