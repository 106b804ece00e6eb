import { parseIsoTime } from '../../common/iso-time.js';
import { clockToleranceMs } from '../../messages/message-rules.js';

/** Numbers from here on are milliseconds, smaller ones seconds: the rule of all versions of the plugin's pages. */
const firstMilliseconds = 10_000_000_000;

/**
 * Parses a time to UTC milliseconds. Accepts seconds (with or without a fraction) or milliseconds since 1970, ISO 8601,
 * and `YYYY-MM-DD HH:MM:SS`; times without a zone are UTC. Undefined for anything else.
 */
export function parseTime(text: string): number | undefined {
  if (/^\d{1,16}(\.\d{1,20})?$/.test(text)) {
    const number = Number(text);
    return Math.round(number < firstMilliseconds ? number * 1000 : number);
  }
  const zone = /[Zz]$|[+-]\d{2}:?\d{2}$/.exec(text.slice(10));
  const zoned = zone ? text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2') : `${text}Z`;
  const time = parseIsoTime(zoned.replace(' ', 'T'));
  return time === undefined || time < 0 ? undefined : time;
}

/**
 * Like `parseTime`, for the time at which a message was written. Undefined (now) also for times that are more than
 * `clockToleranceMs` ahead of `now`, in UTC milliseconds.
 */
export function parsePastTime(text: string, now: number): number | undefined {
  const time = parseTime(text);
  return time === undefined || time > now + clockToleranceMs ? undefined : time;
}

/** Whole seconds, the unit of the original's columns. */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/**
 * Seconds with a fraction, from which `Math.floor(seconds * 1000)` gives the exact milliseconds again: the plugin's pages
 * compute this. The nearest floating-point number may give one millisecond less, so the result is rounded up.
 */
export function toExactSeconds(milliseconds: number): number {
  let seconds = milliseconds / 1000;
  while (Math.floor(seconds * 1000) < milliseconds) seconds *= 1 + Number.EPSILON;
  return seconds;
}
