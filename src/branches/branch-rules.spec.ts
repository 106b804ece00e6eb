import { parseMessageId } from './branch-rules.js';

describe('parseMessageId', () => {
  it.each([
    ['1', 1],
    ['15', 15],
    ['999999999999999', 999_999_999_999_999],
  ])('parses %s', (text, id) => {
    expect(parseMessageId(text)).toBe(id);
  });

  it.each(['', '0', '01', '-1', '+1', '1.0', '1e3', '0x1', ' 1', '1 ', '1\n', '１', 'x', '1000000000000000', 'NaN'])(
    'returns undefined for %j',
    (text) => {
      expect(parseMessageId(text)).toBeUndefined();
    },
  );
});
