/** RFC 3339 section 5.6, but seconds are optional. */
const pattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Parses an ISO 8601 time with zone. Returns UTC milliseconds, truncated; undefined if the text is not such a time. */
export function parseIsoTime(text: string): number | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute] = match.slice(1, 6).map(Number) as [number, number, number, number, number];
  const second = Number(match[6] ?? 0);
  const millisecond = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const [zoneHour, zoneMinute] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, millisecond);
  // `Date` turns a day that the month does not have, like 30 February, into a day of the next month.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const offset = (zoneHour * 60 + zoneMinute) * 60_000;
  return date.getTime() - (match[8] === '-' ? -offset : offset);
}

const dayMs = 86_400_000;
/** The days of a page are few. */
const maxCachedDays = 1000;
/** By number of days since 1970: `2026-11-22T`. */
const cachedDays = new Map<number, string>();

/**
 * Formats UTC milliseconds as ISO 8601 with milliseconds and `Z`, as `Date.prototype.toISOString` does, which takes
 * several times as long: the times of a page are a quarter of what is computed for it (docs/adr/0036-cpu-of-a-request.md).
 */
export function formatIsoTime(milliseconds: number): string {
  const day = Math.floor(milliseconds / dayMs);
  const ms = milliseconds - day * dayMs;
  const [hour, minute] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60];
  const [second, millisecond] = [Math.floor(ms / 1000) % 60, ms % 1000];
  return `${formatDay(day)}${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(second)}.${threeDigits(millisecond)}Z`;
}

function formatDay(day: number): string {
  const cached = cachedDays.get(day);
  if (cached !== undefined) return cached;
  if (cachedDays.size === maxCachedDays) cachedDays.clear();
  const formatted = new Date(day * dayMs).toISOString().slice(0, -'00:00:00.000Z'.length);
  cachedDays.set(day, formatted);
  return formatted;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

function threeDigits(value: number): string {
  return value < 100 ? `0${twoDigits(value)}` : `${value}`;
}
