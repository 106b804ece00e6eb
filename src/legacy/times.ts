import { parseIsoTime } from '../common/iso-time.js';
import { clockToleranceMs } from '../messages/message.rules.js';

/** From here on a number is of milliseconds, before it of seconds: as all versions of the plugin's pages tell them apart. */
const firstMilliseconds = 10_000_000_000;

/**
 * UTC milliseconds of what clients send: seconds (whole or not) or milliseconds since 1970, ISO 8601, or
 * `YYYY-MM-DD HH:MM:SS`; without a zone it is UTC. Undefined for anything else.
 */
export function readTime(text: string): number | undefined {
  if (/^\d{1,16}(\.\d{1,9})?$/.test(text)) {
    const number = Number(text);
    return Math.round(number < firstMilliseconds ? number * 1000 : number);
  }
  const zoned = /[Zz]$|[+-]\d{2}:\d{2}$/.test(text) ? text : `${text}Z`;
  const time = parseIsoTime(zoned.replace(' ', 'T'));
  return time === undefined || time < 0 ? undefined : time;
}

/** The same for when a message was written; undefined, which is now, for what cannot be read or lies ahead of the clock. */
export function readPastTime(text: string, now: number): number | undefined {
  const time = readTime(text);
  return time === undefined || time > now + clockToleranceMs ? undefined : time;
}

/** Whole seconds, as the original's columns have them. */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/** Seconds with their fraction: the same number for the same millisecond, and another for every other. */
export function toExactSeconds(milliseconds: number): number {
  return milliseconds / 1000;
}
