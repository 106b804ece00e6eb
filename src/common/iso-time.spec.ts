import { formatIsoTime, parseIsoTime } from './iso-time.js';

describe('parseIsoTime', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00.001Z', 1],
    ['1970-01-01T00:00:00.1Z', 100],
    ['1970-01-01T00:00:00.0019999Z', 1],
    ['1970-01-01T00:01Z', 60_000],
    ['1970-01-01t00:00:00z', 0],
    ['1970-01-01T01:00:00+01:00', 0],
    ['1969-12-31T22:30:00-01:30', 0],
    ['1969-12-31T23:59:59.999Z', -1],
    ['2000-02-29T00:00:00Z', 951782400000],
    ['2038-01-19T03:14:08Z', 2147483648000],
    ['2024-12-31T23:59:59.999+00:00', 1735689599999],
    ['9999-12-31T23:59:59.999Z', 253402300799999],
  ])('parses %s to %s', (text, milliseconds) => {
    expect(parseIsoTime(text)).toBe(milliseconds);
  });

  it.each(['0001-01-01T00:00:00Z', '0099-06-15T12:00:00Z', '0000-02-29T00:00:00Z'])(
    'does not move the year of %s to the 20th century',
    (text) => {
      expect(parseIsoTime(text)).toBe(Date.parse(text));
    },
  );

  it.each([
    '',
    'now',
    '0',
    '1577836800000',
    '2020-01-01',
    '2020-01-01T00:00:00',
    '2020-01-01T00Z',
    '2020-01-01 00:00:00Z',
    '2020-1-1T00:00:00Z',
    '20200101T000000Z',
    '2020-W01-1T00:00:00Z',
    '+02020-01-01T00:00:00Z',
    '-0001-01-01T00:00:00Z',
    '2020-00-01T00:00:00Z',
    '2020-13-01T00:00:00Z',
    '2020-01-00T00:00:00Z',
    '2020-01-32T00:00:00Z',
    '2020-02-30T00:00:00Z',
    '2020-04-31T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2020-01-01T24:00:00Z',
    '2020-01-01T00:60:00Z',
    '2020-01-01T00:00:60Z',
    '2020-01-01T00:00:00.Z',
    '2020-01-01T00:00:00,5Z',
    '2020-01-01T00:00:00.0000000001Z',
    '2020-01-01T00:00:00+24:00',
    '2020-01-01T00:00:00+01:60',
    '2020-01-01T00:00:00+01',
    '2020-01-01T00:00:00+0100',
    '2020-01-01T00:00:00 Z',
    ' 2020-01-01T00:00:00Z',
    '2020-01-01T00:00:00Z\n',
    '２０２０-01-01T00:00:00Z',
  ])('rejects "%s"', (text) => {
    expect(parseIsoTime(text)).toBeUndefined();
  });

  it('parses what formatIsoTime returns', () => {
    for (const time of [0, 1, 999, 1795305600123]) expect(parseIsoTime(formatIsoTime(time))).toBe(time);
  });
});

describe('formatIsoTime', () => {
  const day = 86_400_000;
  const times = [0, 1, 9, 10, 99, 100, 999, 1000, 59_999, 3_599_999, day - 1, day, -1, -day, -62_167_219_200_000];

  it('returns what toISOString does', () => {
    for (const time of [...times, 951_782_400_000, 1_795_305_600_123, 253_402_300_799_999, 8.64e15, -8.64e15]) {
      expect(formatIsoTime(time)).toBe(new Date(time).toISOString());
    }
  });

  it('also does for each hour of more days than it remembers', () => {
    for (let time = 0; time < 1100 * day; time += 3_661_001) {
      expect(formatIsoTime(time)).toBe(new Date(time).toISOString());
    }
  });

  it.each([8.64e15 + day, Number.NaN, Infinity])('throws a RangeError for %p', (time) => {
    expect(() => formatIsoTime(time)).toThrow(RangeError);
  });
});
