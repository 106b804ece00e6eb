import { decodeCursor, encodeCursor } from './cursor.js';

describe('cursor', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64url');

  it.each<[number, number]>([
    [0, 0],
    [0, 1],
    [1795305600000, 42],
    [999_999_999_999_999, 999_999_999_999_999],
  ])('contains %s and %s', (first, second) => {
    const cursor = encodeCursor('messages', [first, second]);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(decodeCursor('messages', cursor)).toEqual([first, second]);
  });

  it('is valid for one list only', () => {
    expect(decodeCursor('sessions', encodeCursor('messages', [1, 2]))).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a word', 'garbage'],
    ['text that is not encoded', 'messages:1:2'],
    ['something before the name', encode('1messages:1:2')],
    ['one number', encode('messages:1')],
    ['three numbers', encode('messages:1:2:3')],
    ['a negative number', encode('messages:-1:2')],
    ['a fraction', encode('messages:1.5:2')],
    ['a power of ten', encode('messages:1e3:2')],
    ['a number of 16 digits', encode('messages:1234567890123456:2')],
    ['an empty number', encode('messages::2')],
    ['a space', encode('messages:1: 2')],
    ['a line break at its end', encode('messages:1:2\n')],
    ['digits of another script', encode('messages:١:2')],
    ['padding', Buffer.from('messages:1:22').toString('base64')],
    ['followed by a character that the decoder skips', `${encode('messages:1:2')}!`],
    ['spare bits', encode('messages:1:22').replace(/.$/, 'h')],
    ['too long', encode(`messages:${'0'.repeat(100)}1:2`)],
  ])('is rejected if it is %s', (_, cursor) => {
    expect(decodeCursor('messages', cursor)).toBeUndefined();
  });

  it('has at most 64 characters', () => {
    const [longest, tooLong] = ['a'.repeat(44), 'a'.repeat(45)];
    expect(decodeCursor(longest, encodeCursor(longest, [1, 2]))).toEqual([1, 2]);
    expect(decodeCursor(tooLong, encodeCursor(tooLong, [1, 2]))).toBeUndefined();
  });

  it('is rejected in any other spelling', () => {
    const cursor = encodeCursor('messages', [1, 22]);
    const others = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
      .map((last) => cursor.slice(0, -1) + last)
      .filter((other) => String(decodeCursor('messages', other)) === '1,22');
    expect(others).toEqual([cursor]);
  });
});
