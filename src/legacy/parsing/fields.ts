import { clientMessageIdProblem, contentProblem, legacyRoles, type LegacyRole } from '../../messages/message-rules.js';
import { sessionIdProblem, titleProblem, maxTitleCodeUnits } from '../../sessions/session-rules.js';
import { InvalidParameterError, InvalidRoleError, MissingParameterError } from '../legacy.errors.js';
import { stripTags } from './strip-tags.js';
import { parsePastTime, parseTime } from './time.js';

/** Limits that some field parsers need. */
export interface FieldLimits {
  maxContentBytes: number;
  /** UTC milliseconds. */
  now: number;
}

/**
 * Parses the value of a field, which is undefined when the field is missing.
 * @throws InvalidParameterError, MissingParameterError, InvalidRoleError
 */
export type FieldParser<Value> = (value: unknown, name: string, limits: FieldLimits) => Value;

/** The id of an existing session: required, not empty. The services check that the session exists. */
export const sessionId: FieldParser<string> = (value, name) => nonEmpty(value, name) ?? missing(name);

/** The id of a session that may have to be created: must be a valid new id. */
export const newSessionId: FieldParser<string> = (value, name) =>
  checkSessionId(nonEmpty(value, name) ?? missing(name), name);

/** Like `newSessionId`, with a fallback for a missing or empty value. */
export const newSessionIdOr =
  (fallback: string): FieldParser<string> =>
  (value, name) =>
    checkSessionId(nonEmpty(value, name) ?? fallback, name);

/** A session id, or undefined for all sessions. */
export const anySessionId: FieldParser<string | undefined> = (value, name) => nonEmpty(value, name);

export const title: FieldParser<string> = (value, name) => {
  const stripped = strippedTitle(value, name) ?? missing(name);
  return check(stripped, name, titleProblem(stripped));
};

/** A title, or undefined (the default title) when it is missing or blank. */
export const optionalTitle: FieldParser<string | undefined> = (value, name) => {
  const stripped = strippedTitle(value, name) ?? '';
  return stripped.trim() === '' ? undefined : check(stripped, name, titleProblem(stripped));
};

export const role: FieldParser<LegacyRole> = (value, name) => {
  const given = (text(value, name) ?? missing(name)).trim();
  const known = legacyRoles.find((candidate) => candidate === given);
  if (known === undefined) throw new InvalidRoleError(given);
  return known;
};

export const content: FieldParser<string> = (value, name, { maxContentBytes }) => {
  const given = text(value, name) ?? missing(name);
  return check(given, name, contentProblem(given, maxContentBytes));
};

/** UTC milliseconds, or undefined (now) for a missing or invalid time: a message is not rejected because of it. */
export const timestamp: FieldParser<number | undefined> = (value, name, { now }) =>
  parsePastTime(numberOrText(value, name) ?? '', now);

export const clientMessageId: FieldParser<string | undefined> = (value, name) => {
  const given = nonEmpty(value, name);
  return given === undefined ? undefined : check(given, name, clientMessageIdProblem(given));
};

/** From 1; values above `max` mean `max`. */
export const limit =
  (max: number, fallback = max): FieldParser<number> =>
  (value, name) => {
    const given = wholeNumber(value, name);
    return given === undefined ? fallback : Math.min(given, max);
  };

/** The `id` of a row. */
export const rowId: FieldParser<number | undefined> = (value, name) => wholeNumber(value, name);

/** A `timestamp` from an earlier history response, as UTC milliseconds. */
export const historyTime: FieldParser<number | undefined> = (value, name) => {
  const given = numberOrText(value, name);
  if (given === undefined || given === '') return undefined;
  return parseTime(given) ?? fail(name, 'must be a time that this history has answered');
};

/** Drops NUL characters, as the original endpoint did. @throws InvalidParameterError unless it is a string */
export function text(value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? withoutNul(value) : fail(name, 'must be a string');
}

/** By code units: `replaceAll` takes 100 ms for a million NULs. */
function withoutNul(value: string): string {
  if (!value.includes('\0')) return value;
  const bytes = Buffer.from(value, 'utf16le');
  const units = new Uint16Array(bytes.buffer, bytes.byteOffset, value.length);
  let length = 0;
  for (let at = -1; ++at < value.length;) {
    const unit = units[at] ?? 0;
    if (unit !== 0) units[length++] = unit;
  }
  return bytes.toString('utf16le', 0, length * 2);
}

function checkSessionId(id: string, name: string): string {
  return check(id, name, sessionIdProblem(id));
}

/** The trimmed text, or undefined when it is missing or blank. */
function nonEmpty(value: unknown, name: string): string | undefined {
  const given = text(value, name)?.trim();
  return given === '' ? undefined : given;
}

function strippedTitle(value: unknown, name: string): string | undefined {
  const given = text(value, name);
  if (given === undefined) return undefined;
  // Bounds the work of stripTags: texts over the hard limit are rejected first.
  return stripTags(check(given, name, given.length > maxTitleCodeUnits ? titleProblem(given) : undefined));
}

/** Numbers are texts in a form and numbers in JSON. */
function numberOrText(value: unknown, name: string): string | undefined {
  return typeof value === 'number' ? String(value) : text(value, name)?.trim();
}

function wholeNumber(value: unknown, name: string): number | undefined {
  const given = numberOrText(value, name);
  if (given === undefined || given === '') return undefined;
  if (!/^[1-9]\d*$/.test(given)) return fail(name, 'must be a whole number from 1');
  return Math.min(Number(given), Number.MAX_SAFE_INTEGER);
}

function check<Value>(value: Value, name: string, problem: string | undefined): Value {
  return problem === undefined ? value : fail(name, problem);
}

function fail(name: string, problem: string): never {
  throw new InvalidParameterError(name, problem);
}

function missing(name: string): never {
  throw new MissingParameterError(name);
}
