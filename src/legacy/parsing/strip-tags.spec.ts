import { shortestMs } from '../../../test/support/run/shortest-ms.js';
import { stripTags } from './strip-tags.js';

describe('stripTags', () => {
  it.each([
    ['', ''],
    ['plain > text', 'plain > text'],
    ['a < b', 'a < b'],
    ['a <\tb>', 'a <\tb>'],
    ['&lt;b&gt;', '&lt;b&gt;'],
    ['<b>My</b> New Chat  ', 'My New Chat  '],
    ['<br/>x<br />y', 'xy'],
    ['a<>b</>c', 'abc'],
    ['<script>alert(1)</script>', 'alert(1)'],
    ['<img src=x onerror=alert(1)>y', 'y'],
    ['🌍<é>x', '🌍x'],
    ["<p\nclass='x'\n>x</p>", 'x'],
    ["it's <b>bold</b>", "it's bold"],
    ['<<b>script>x', 'script>x'],
    ['<!DOCTYPE html>x', 'x'],
    ['<?xml version="1.0"?>x', 'x'],
  ])('turns %j into %j', (text, stripped) => {
    expect(stripTags(text)).toBe(stripped);
  });

  it.each([
    ['<a href="x>y">z</a>', 'z'],
    ['<a title="it\'s > that">z', 'z'],
    ["<a title='say \"> ho'>z", 'z'],
    ["x<b 'y>z'>w", 'xw'],
  ])('does not end the tag of %j inside quotation marks', (text, stripped) => {
    expect(stripTags(text)).toBe(stripped);
  });

  it.each([
    ['<!-- c -->x', 'x'],
    ['a<!-- <b> > -->b', 'ab'],
    ['a<!-- " \' -->b', 'ab'],
    ['a<!-->b<!--->c', 'abc'],
  ])('removes the comment of %j', (text, stripped) => {
    expect(stripTags(text)).toBe(stripped);
  });

  it.each([
    ['a <b', 'a '],
    ['a<', 'a'],
    ['x <3 you', 'x '],
    ["x<b 'y>z", 'x'],
    ['x<!-- never > ends', 'x'],
  ])('removes the rest of %j after an unterminated tag', (text, stripped) => {
    expect(stripTags(text)).toBe(stripped);
  });

  it('leaves no tag behind', () => {
    const parts = ['<', '>', '"', "'", '!', '-', ' ', 'b', '<!--', '-->'];
    for (let number = 0; number < 10_000; number++) {
      const text = String(number)
        .padStart(4, '0')
        .replace(/\d/g, (digit) => parts[Number(digit)] ?? '');
      expect(stripTags(text)).not.toMatch(/<\S/);
    }
  });

  it.each(['<', '<a ', '<"', "<a '", '<!--', '<!-', '-', '>', 'x'])('takes linear time for many %j', async (part) => {
    expect(await shortestMs(1000, () => stripTags(part.repeat(100_000)))).toBeLessThan(1000);
  });
});
