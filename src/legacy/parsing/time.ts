import { parseIsoTime } from '../../common/iso-time.js';
import { clockToleranceMs } from '../../messages/message-rules.js';

/** From here on a number is of milliseconds, before it of seconds: as all versions of the plugin's pages tell them apart. */
const firstMilliseconds = 10_000_000_000;

/**
 * UTC milliseconds of what clients send: seconds (whole or not) or milliseconds since 1970, ISO 8601, or
 * `YYYY-MM-DD HH:MM:SS`; without a zone it is UTC. Undefined for anything else.
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

/** The same for when a message was written; undefined, which is now, for what cannot be read or lies ahead of the clock. */
export function parsePastTime(text: string, now: number): number | undefined {
  const time = parseTime(text);
  return time === undefined || time > now + clockToleranceMs ? undefined : time;
}

/** Whole seconds, as the original's columns have them. */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/**
 * Seconds with their fraction: the same number for the same millisecond, and another for every other. Pages multiply it
 * by 1000 and drop what is behind the point: in some years the nearest number would make a millisecond too little of it.
 */
export function toExactSeconds(milliseconds: number): number {
  let seconds = milliseconds / 1000;
  while (Math.floor(seconds * 1000) < milliseconds) seconds *= 1 + Number.EPSILON;
  return seconds;
}
