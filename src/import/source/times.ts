/** UTC milliseconds. The plugin is newer than 2020: earlier values are invalid. */
const earliest = Date.UTC(2020);
/** UTC milliseconds. */
const latest = Date.UTC(2100);
/** Numbers above this are milliseconds, others seconds. */
const firstMilliseconds = 10_000_000_000;
const minute = 60_000;
const day = 24 * 60 * minute;

/** Parses a number of seconds or milliseconds to UTC milliseconds; undefined when it is not plausible. */
export function parseTime(value: unknown): number | undefined {
  const number = value === null || value === '' ? NaN : Number(value);
  return plausible(Math.floor(number > firstMilliseconds ? number : number * 1000));
}

/** Parses a text with a number, or with a date and time; UTC milliseconds, undefined when it is not plausible. */
export function parseTimeText(text: string): number | undefined {
  return /^\s*\d+(\.\d*)?\s*$/.test(text) ? parseTime(text) : plausible(Date.parse(withUtcZone(text)));
}

/** Parses the value of a column of any type; UTC milliseconds, undefined when it is not plausible. */
export function parseTimeColumn(value: unknown): number | undefined {
  return typeof value === 'string' ? parseTimeText(value) : parseTime(value);
}

/** Adds UTC to a time without a zone: Date.parse would use this machine's zone. */
function withUtcZone(text: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/.exec(text.trim()) ?? [];
  return day === undefined || time === undefined ? text : `${day}T${time}Z`;
}

/** The time itself if it is between 2020 and 2100, otherwise undefined. */
export function plausible(time: number): number | undefined {
  return time >= earliest && time < latest ? time : undefined;
}

/** Plausible times of a row, the most reliable first, from its client's time and its time of saving; UTC milliseconds. */
export type TimeRule = (clientTime: number | undefined, savedAt: number | undefined) => number[];

/** The column is a number from the client. A message cannot have been written more than a day after it was saved. */
export const numericTimes: TimeRule = (clientTime, savedAt) => {
  const isLater = clientTime !== undefined && savedAt !== undefined && clientTime > savedAt + day;
  return [...(isLater ? [] : [clientTime]), savedAt].filter((time) => time !== undefined);
};

/**
 * The column is an SQL TIMESTAMP. The upgrade that added it set it to the time of the upgrade, after the rows had been
 * saved; newer rows have their client's time, in the server's time zone or another one. So it is used only from five
 * minutes before to one minute after the time of saving.
 */
export const sqlTimestampTimes: TimeRule = (clientTime, savedAt) => {
  if (savedAt === undefined) return clientTime === undefined ? [] : [clientTime];
  const isClose = clientTime !== undefined && clientTime >= savedAt - 5 * minute && clientTime <= savedAt + minute;
  return isClose ? [clientTime, savedAt] : [savedAt];
};
