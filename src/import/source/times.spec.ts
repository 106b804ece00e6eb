import { numericTimes, parseTime, sqlTimestampTimes } from './times.js';

const saved = Date.UTC(2025, 10, 1, 8);
const seconds = saved / 1000;
const minute = 60_000;

describe('times of a source', () => {
  it.each<[string, unknown, number | undefined]>([
    ['seconds', seconds, saved],
    ['seconds as text', String(seconds), saved],
    ['milliseconds', saved + 123, saved + 123],
    ['a fraction of a millisecond', saved + 0.9, saved],
    ['four digits', 2025, undefined],
    ['nothing', 0, undefined],
    ['null', null, undefined],
    ['no text', '', undefined],
    ['words', 'soon', undefined],
    ['a year before any', 1_190_000_000, undefined],
    ['the first second that is one', Date.UTC(2020) / 1000, Date.UTC(2020)],
    ['the last second before', Date.UTC(2020) / 1000 - 1, undefined],
    ['microseconds', saved * 1000, undefined],
  ])('%s', (_, value, time) => {
    expect(parseTime(value)).toBe(time);
  });

  it.each<[string, number | undefined, number | undefined, number[]]>([
    ['what the client said, then the saving', saved - 5000, saved, [saved - 5000, saved]],
    ['years before the saving', Date.UTC(2022), saved, [Date.UTC(2022), saved]],
    ['more than a day after the saving', saved + 24 * 60 * minute + 1, saved, [saved]],
    ['only the saving', undefined, saved, [saved]],
    ['only the client', saved, undefined, [saved]],
    ['neither', undefined, undefined, []],
  ])('numbers: %s', (_, said, savedAt, times) => {
    expect(numericTimes(said, savedAt)).toEqual(times);
  });

  it.each<[string, number | undefined, number | undefined, number[]]>([
    ['just before the saving', saved - 5 * minute, saved, [saved - 5 * minute, saved]],
    ['longer before', saved - 5 * minute - 1, saved, [saved]],
    ['as clocks differ', saved + minute, saved, [saved + minute, saved]],
    ['the instant of an upgrade', saved + minute + 1, saved, [saved]],
    ['an hour off, of another zone', saved - 60 * minute, saved, [saved]],
    ['only the column', saved, undefined, [saved]],
    ['neither', undefined, undefined, []],
  ])('timestamps: %s', (_, said, savedAt, times) => {
    expect(sqlTimestampTimes(said, savedAt)).toEqual(times);
  });
});
