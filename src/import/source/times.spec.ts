import { numericTimes, parseTime, sqlTimestampTimes } from './times.js';

const saved = Date.UTC(2025, 10, 1, 8);
const seconds = saved / 1000;
const minute = 60_000;

describe('times', () => {
  it.each<[string, unknown, number | undefined]>([
    ['seconds', seconds, saved],
    ['seconds as text', String(seconds), saved],
    ['milliseconds', saved + 123, saved + 123],
    ['a fraction of a millisecond', saved + 0.9, saved],
    ['four digits', 2025, undefined],
    ['nothing', 0, undefined],
    ['null', null, undefined],
    ['an empty text', '', undefined],
    ['not a number', 'soon', undefined],
    ['a year before 2020', 1_190_000_000, undefined],
    ['the first plausible second', Date.UTC(2020) / 1000, Date.UTC(2020)],
    ['the last implausible second', Date.UTC(2020) / 1000 - 1, undefined],
    ['microseconds', saved * 1000, undefined],
  ])('parseTime: %s', (_, value, time) => {
    expect(parseTime(value)).toBe(time);
  });

  it.each<[string, number | undefined, number | undefined, number[]]>([
    ['client time before time of saving', saved - 5000, saved, [saved - 5000, saved]],
    ['client time years before', Date.UTC(2022), saved, [Date.UTC(2022), saved]],
    ['client time more than a day after', saved + 24 * 60 * minute + 1, saved, [saved]],
    ['only time of saving', undefined, saved, [saved]],
    ['only client time', saved, undefined, [saved]],
    ['neither', undefined, undefined, []],
  ])('numericTimes: %s', (_, clientTime, savedAt, times) => {
    expect(numericTimes(clientTime, savedAt)).toEqual(times);
  });

  it.each<[string, number | undefined, number | undefined, number[]]>([
    ['five minutes before', saved - 5 * minute, saved, [saved - 5 * minute, saved]],
    ['more than five minutes before', saved - 5 * minute - 1, saved, [saved]],
    ['one minute after', saved + minute, saved, [saved + minute, saved]],
    ['more than a minute after', saved + minute + 1, saved, [saved]],
    ['an hour before, as in another time zone', saved - 60 * minute, saved, [saved]],
    ['only the column', saved, undefined, [saved]],
    ['neither', undefined, undefined, []],
  ])('sqlTimestampTimes: %s', (_, clientTime, savedAt, times) => {
    expect(sqlTimestampTimes(clientTime, savedAt)).toEqual(times);
  });
});
