import { JsonText, stringifyJson } from './json-text.js';

describe('stringifyJson', () => {
  it('writes values as JSON.stringify does', () => {
    const value = { a: [1, 'x"\u2028', null, undefined], b: undefined, c: new Date(0), d: { e: true } };
    expect(stringifyJson(value)).toBe(JSON.stringify(value));
  });

  it('inserts the texts as they are, in their order', () => {
    const texts = ['{"2":1.0,"1":12345678901234567890, "a":"\\u0061"}', '[]', '{"$&":"$1"}'];
    const [first, second, third] = texts.map((text) => new JsonText(text));
    expect(stringifyJson({ first, list: [second, { third }], end: 'x' })).toBe(
      `{"first":${texts[0]},"list":[${texts[1]},{"third":${texts[2]}}],"end":"x"}`,
    );
  });

  it('starts anew after a value that cannot be written', () => {
    const circular: { text: JsonText; self?: unknown } = { text: new JsonText('[1]') };
    circular.self = circular;
    expect(() => stringifyJson(circular)).toThrow(TypeError);
    expect(stringifyJson([new JsonText('{}')])).toBe('[{}]');
  });
});

describe('JsonText', () => {
  it('parses its text', () => {
    expect(new JsonText('{"a":[1]}').parse()).toEqual({ a: [1] });
  });
});
