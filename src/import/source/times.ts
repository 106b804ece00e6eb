/** Older than any chat with an assistant of this kind, in ms: 2020. What lies before is no time but junk. */
const earliest = Date.UTC(2020);
/** In ms: 2100. */
const latest = Date.UTC(2100);
/** From here on a number is milliseconds, not seconds. */
const firstMilliseconds = 10_000_000_000;
const minute = 60_000;
const day = 24 * 60 * minute;

/** A number of seconds, or of milliseconds, as UTC milliseconds; undefined where it is no time. */
export function parseTime(value: unknown): number | undefined {
  const number = value === null || value === '' ? NaN : Number(value);
  return plausible(Math.floor(number > firstMilliseconds ? number : number * 1000));
}

/** Milliseconds that may be the time of a chat. */
export function plausible(time: number): number | undefined {
  return time >= earliest && time < latest ? time : undefined;
}

/** What a row says of its times: what its client said, and when it was saved; UTC milliseconds. */
export type TimeRule = (said: number | undefined, savedAt: number | undefined) => number[];

/** The column is a number that the client gave. It cannot have been written a day after it was saved. */
export const numericTimes: TimeRule = (said, savedAt) => {
  const isLater = said !== undefined && savedAt !== undefined && said > savedAt + day;
  return [...(isLater ? [] : [said]), savedAt].filter((time) => time !== undefined);
};

/**
 * The column is an SQL TIMESTAMP. The upgrade that made it gave every row its own instant, which lies after the saving;
 * later rows have what their client said, in the server's zone or in another one. So it is the time only where it lies
 * close before the saving, or after it by no more than clocks differ.
 */
export const sqlTimestampTimes: TimeRule = (said, savedAt) => {
  if (savedAt === undefined) return said === undefined ? [] : [said];
  const isClose = said !== undefined && said >= savedAt - 5 * minute && said <= savedAt + minute;
  return isClose ? [said, savedAt] : [savedAt];
};
