import { parsePastTime, parseTime, toExactSeconds, toSeconds } from './time.js';

const noon = Date.parse('2026-11-22T12:00:00.000Z');

describe('parseTime', () => {
  it.each<[string, string, number]>([
    ['seconds', '1795348800', noon],
    ['seconds with a fraction', '1795348800.5', noon + 500],
    ['seconds to the millisecond', '1795348800.123', noon + 123],
    ['seconds to the microsecond, as in PHP', '1795348800.123456', noon + 123],
    ['seconds that round up', '1795348800.1236', noon + 124],
    ['zero seconds', '0', 0],
    ['a thousandth of a second', '0.001', 1],
    ['seconds with leading zeros', '0001', 1000],
    ['the last number of seconds', '9999999999', 9_999_999_999_000],
    ['the last fraction of seconds', '9999999999.999', 9_999_999_999_999],
    ['the first number of milliseconds', '10000000000', 10_000_000_000],
    ['milliseconds', '1795348800123', noon + 123],
    ['milliseconds with a fraction', '1795348800123.4', noon + 123],
    ['ISO 8601 with milliseconds, as the pages send', '2026-11-22T12:00:00.123Z', noon + 123],
    ['ISO 8601 without milliseconds', '2026-11-22T12:00:00Z', noon],
    ['ISO 8601 east of Greenwich', '2026-11-22T13:30:00+01:30', noon],
    ['ISO 8601 west of Greenwich', '2026-11-22T04:00:00-08:00', noon],
    ['ISO 8601 with a zone without a colon, as in PHP', '2026-11-22T13:30:00+0130', noon],
    ['ISO 8601 without a zone, which is UTC', '2026-11-22T12:00:00', noon],
    ['a date and a time of a database, which is UTC', '2026-11-22 12:00:00', noon],
    ['the same with a fraction', '2026-11-22 12:00:00.123456', noon + 123],
    ['the same with a zone', '2026-11-22 13:00:00+01:00', noon],
    ['the first moment', '1970-01-01 00:00:00', 0],
    ['a leap day', '2024-02-29 00:00:00', Date.UTC(2024, 1, 29)],
  ])('accepts %s', (_, text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it.each([
    '',
    ' ',
    'now',
    'null',
    'NaN',
    'Infinity',
    '-1',
    '+1',
    '-1795348800',
    '1795348800.',
    '.5',
    '1,5',
    '1e9',
    '0x10',
    '12345678901234567',
    '1795348800 ',
    ' 1795348800',
    '1795348800\n',
    '１７９５３４８８００',
    '2026-11-22',
    '12:00:00',
    '22.11.2026 12:00',
    '11/22/2026',
    '2026-13-01 00:00:00',
    '2026-02-30 00:00:00',
    '2026-11-22 24:00:00',
    '2026-11-22  12:00:00',
    '2026-11-22 12:00:00 UTC',
    '2026-11-22T12:00:00 01:00',
    '0000-00-00 00:00:00',
    '1969-12-31 23:59:59',
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00+00:01',
  ])('rejects %j', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

describe('parsePastTime', () => {
  it.each<[string, string, number | undefined]>([
    ['long ago', '1', 1000],
    ['a moment ago', '1795348799.999', noon - 1],
    ['now', '1795348800', noon],
    ['five minutes ahead', '1795349100', noon + 300_000],
    ['a millisecond more ahead', '1795349100.001', undefined],
    ['milliseconds ahead', '1795349100001', undefined],
    ['ISO 8601 ahead', '2026-11-22T12:05:00.001Z', undefined],
    ['far ahead', '9999-12-31 23:59:59', undefined],
    ['unreadable', 'yesterday', undefined],
    ['absent', '', undefined],
  ])('parses a time that is %s', (_, text, time) => {
    expect(parsePastTime(text, noon)).toBe(time);
  });
});

describe('toSeconds and toExactSeconds', () => {
  it.each([
    [0, 0, 0],
    [1, 0, 0.001],
    [999, 0, 0.999],
    [1000, 1, 1],
    [noon, 1_795_348_800, 1_795_348_800],
    [noon + 1, 1_795_348_800, 1_795_348_800.001],
    [noon + 999, 1_795_348_800, 1_795_348_800.999],
  ])('convert %i ms to %i whole seconds and exactly %d', (time, whole, exact) => {
    expect([toSeconds(time), toExactSeconds(time)]).toEqual([whole, exact]);
  });

  const spans = [0, 999_999_000, 9_999_999_000, noon, 4_102_444_800_000, 9_999_999_998_000];

  const secondFrom = (start: number) => Array.from({ length: 1000 }, (_, ms) => start + ms);

  it.each(spans)('return a number that parseTime reads as the same millisecond, from %i ms on', (start) => {
    const times = secondFrom(start);
    const answered = times.map((time) => JSON.stringify(toExactSeconds(time)));
    expect(answered.map((text) => parseTime(text))).toEqual(times);
    // The pages convert it like this.
    expect(answered.map((text) => new Date(Number(text) * 1000).getTime())).toEqual(times);
    expect(times.map((time) => parseTime(new Date(time).toISOString()))).toEqual(times);
  });

  it('return a greater number for each later millisecond', () => {
    const times = spans.flatMap(secondFrom);
    expect(times.filter((time) => !(toExactSeconds(time + 1) > toExactSeconds(time)))).toEqual([]);
  });
});
