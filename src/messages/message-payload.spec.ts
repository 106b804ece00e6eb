import { JsonText } from '../common/json-text.js';
import { formatProblem, metadataProblem, payloadProblem, textOfPayload } from './message-payload.js';

const json = (value: unknown) => new JsonText(JSON.stringify(value));

describe('formatProblem', () => {
  it.each(['ai-sdk/v6', 'aui/v0', 'openai', 'x', '0', 'my.own_format-2', 'a'.repeat(64)])('accepts %s', (format) => {
    expect(formatProblem(format)).toBeUndefined();
  });

  it.each(['', '/a', '.a', 'a b', 'a\n', 'ä', 'a'.repeat(65)])('rejects %j', (format) => {
    expect(formatProblem(format)).toMatch(/^must be 1 to 64 of/);
  });
});

describe('payloadProblem', () => {
  it('counts the bytes of the text, not of the value', () => {
    expect(payloadProblem(new JsonText('[1.0, "é"]'), 11)).toBeUndefined();
    expect(payloadProblem(new JsonText('[1.0, "é"]'), 10)).toBe('must be at most 10 bytes of UTF-8, is 11');
  });

  it.each<[string, (parts: object[]) => unknown]>([
    ['the list', (parts) => parts],
    ['parts', (parts) => ({ parts })],
    ['content', (parts) => ({ content: parts, parts: [] })],
  ])('limits the number of parts in %s', (_, payload) => {
    const parts = (count: number) => json(payload(Array.from({ length: count }, () => ({}))));
    expect(payloadProblem(parts(1000), 10_000)).toBeUndefined();
    expect(payloadProblem(parts(1001), 10_000)).toBe('must have at most 1000 parts, has 1001');
  });

  it.each([[{}], [[]], [{ parts: 'text' }], [{ parts: null }]])('accepts %j', (value) => {
    expect(payloadProblem(json(value), 100)).toBeUndefined();
  });
});

describe('metadataProblem', () => {
  it.each([[{}], [{ model: 'x', tokens: 12, cached: true, reason: null }]])('accepts %j', (value) => {
    expect(metadataProblem(json(value))).toBeUndefined();
  });

  it.each([
    [[], 'must be an object, not a list'],
    [{ usage: { tokens: 1 } }, 'must be flat: its values must be single values, not lists or objects'],
    [{ a: 1, list: [] }, 'must be flat: its values must be single values, not lists or objects'],
  ])('rejects %j', (value, problem) => {
    expect(metadataProblem(json(value))).toBe(problem);
  });

  it('limits its bytes', () => {
    const ofBytes = (bytes: number) => json({ a: 'x'.repeat(bytes - 8) });
    expect(metadataProblem(ofBytes(16_384))).toBeUndefined();
    expect(metadataProblem(ofBytes(16_385))).toBe('must be at most 16384 bytes of UTF-8, is 16385');
  });
});

describe('textOfPayload', () => {
  const reasoning = { type: 'reasoning', text: 'Hm.' };
  const text = (text: unknown) => ({ type: 'text', text });

  it.each<[string, string, unknown, string]>([
    ['one part', 'ai-sdk/v6', { id: 'm', parts: [reasoning, text('The Nile.')] }, 'The Nile.'],
    ['a list of parts', 'ai-sdk/v6', [text('The Nile.')], 'The Nile.'],
    ['several texts', 'ai-sdk/v6', { parts: [text('a'), { type: 'tool-x' }, text(''), text('b')] }, 'a\n\nb'],
    ['other types', 'aui/v0', { content: [text('a'), { type: 'output_text', text: 'b' }] }, 'a'],
    ['content parts', 'openai', { role: 'user', content: [{ type: 'input_text', text: 'a' }] }, 'a'],
    ['an answer', 'openai', { content: [{ type: 'output_text', text: 'a' }, { type: 'refusal' }] }, 'a'],
    ['a text as content', 'openai', { role: 'user', content: 'a' }, 'a'],
    ['no parts', 'ai-sdk/v6', { content: [text('a')] }, ''],
    ['parts that are no objects', 'aui/v0', { content: [null, 1, 'x', [text('a')]] }, ''],
    ['texts that are no strings', 'aui/v0', [text(1), text(null), text({})], ''],
    ['an unknown format', 'my/v1', [text('a')], ''],
    ['a name that every object inherits', 'constructor', [text('a')], ''],
  ])('is that of %s', (_, format, value, expected) => {
    expect(textOfPayload(format, json(value))).toBe(expected);
  });

  it('ignores inherited fields', () => {
    expect(textOfPayload('ai-sdk/v6', new JsonText('{"__proto__":{"parts":[{"type":"text","text":"a"}]}}'))).toBe('');
  });
});
