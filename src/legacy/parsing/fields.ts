import { clientMessageIdProblem, contentProblem, roles, type Role } from '../../messages/message-rules.js';
import { sessionIdProblem, titleProblem, titleHardLimit } from '../../sessions/session-rules.js';
import { InvalidParameterError, InvalidRoleError, MissingParameterError } from '../legacy.errors.js';
import { stripTags } from './strip-tags.js';
import { parsePastTime, parseTime } from './time.js';

/** What some fields are measured by. */
export interface FieldLimits {
  contentMaxBytes: number;
  /** UTC milliseconds. */
  now: number;
}

/** Makes the value that an action needs of what came in a field; undefined when it did not come. */
export type FieldParser<Value> = (value: unknown, name: string, limits: FieldLimits) => Value;

/** Must be there and not empty. Whether there is such a session the services say. */
export const sessionId: FieldParser<string> = (value, name) => nonEmpty(value, name) ?? missing(name);

/** Of a session that may have to be made. */
export const newSessionId: FieldParser<string> = (value, name) =>
  checkSessionId(nonEmpty(value, name) ?? missing(name), name);

/** The same, or the fallback where it is empty or did not come. */
export const newSessionIdOr =
  (fallback: string): FieldParser<string> =>
  (value, name) =>
    checkSessionId(nonEmpty(value, name) ?? fallback, name);

/** One session, or undefined for all. */
export const anySessionId: FieldParser<string | undefined> = (value, name) => nonEmpty(value, name);

export const title: FieldParser<string> = (value, name) => {
  const stripped = strippedTitle(value, name) ?? missing(name);
  return check(stripped, name, titleProblem(stripped));
};

/** Undefined, which is the default title, where it is blank or did not come. */
export const optionalTitle: FieldParser<string | undefined> = (value, name) => {
  const stripped = strippedTitle(value, name) ?? '';
  return stripped.trim() === '' ? undefined : check(stripped, name, titleProblem(stripped));
};

export const role: FieldParser<Role> = (value, name) => {
  const given = (text(value, name) ?? missing(name)).trim();
  const known = roles.find((candidate) => candidate === given);
  if (known === undefined) throw new InvalidRoleError(given);
  return known;
};

export const content: FieldParser<string> = (value, name, { contentMaxBytes }) => {
  const given = text(value, name) ?? missing(name);
  return check(given, name, contentProblem(given, contentMaxBytes));
};

/** When a message was written. A text that is no time is now: the message is not lost for it. */
export const timestamp: FieldParser<number | undefined> = (value, name, { now }) =>
  parsePastTime(numberOrText(value, name) ?? '', now);

export const clientMessageId: FieldParser<string | undefined> = (value, name) => {
  const given = nonEmpty(value, name);
  return given === undefined ? undefined : check(given, name, clientMessageIdProblem(given));
};

/** From 1; more than `most` is as good as `most`. */
export const limit =
  (most: number, fallback = most): FieldParser<number> =>
  (value, name) => {
    const given = wholeNumber(value, name);
    return given === undefined ? fallback : Math.min(given, most);
  };

/** The `id` of a row that the client holds. */
export const rowId: FieldParser<number | undefined> = (value, name) => wholeNumber(value, name);

/** A `timestamp` that the history has answered, in milliseconds. */
export const historyTime: FieldParser<number | undefined> = (value, name) => {
  const given = numberOrText(value, name);
  if (given === undefined || given === '') return undefined;
  return parseTime(given) ?? fail(name, 'must be a time that this history has answered');
};

/** NUL is dropped, as the original did. */
export function text(value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value.replaceAll('\0', '') : fail(name, 'must be a string');
}

function checkSessionId(id: string, name: string): string {
  return check(id, name, sessionIdProblem(id));
}

/** Without white space at its ends; undefined when nothing else is there. */
function nonEmpty(value: unknown, name: string): string | undefined {
  const given = text(value, name)?.trim();
  return given === '' ? undefined : given;
}

function strippedTitle(value: unknown, name: string): string | undefined {
  const given = text(value, name);
  if (given === undefined) return undefined;
  // Far over the limit it is not worth looking for tags.
  return stripTags(check(given, name, given.length > titleHardLimit ? titleProblem(given) : undefined));
}

/** A form has numbers as texts, JSON as numbers. */
function numberOrText(value: unknown, name: string): string | undefined {
  return typeof value === 'number' ? String(value) : text(value, name)?.trim();
}

function wholeNumber(value: unknown, name: string): number | undefined {
  const given = numberOrText(value, name);
  if (given === undefined || given === '') return undefined;
  return /^[1-9]\d{0,14}$/.test(given) ? Number(given) : fail(name, 'must be a whole number from 1');
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
