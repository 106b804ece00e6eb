import { clientMessageIdProblem, contentProblem, roles, type Role } from '../messages/message.rules.js';
import { sessionIdProblem, titleProblem, titleWorthReading } from '../sessions/session.rules.js';
import { InvalidParameter, InvalidRole, MissingParameter } from './legacy.errors.js';
import { stripTags } from './strip-tags.js';
import { readPastTime, readTime } from './times.js';

/** What some fields are measured by. */
export interface Limits {
  contentMaxBytes: number;
  /** UTC milliseconds. */
  now: number;
}

/** Makes the value that an action needs of what came in a field; undefined when it did not come. */
export type Reader<Value> = (value: unknown, name: string, limits: Limits) => Value;

/** Must be there and not empty. Whether there is such a session the services say. */
export const sessionId: Reader<string> = (value, name) => filled(value, name) ?? missing(name);

/** Of a session that may have to be made. */
export const newSessionId: Reader<string> = (value, name) => possibleId(filled(value, name) ?? missing(name), name);

/** The same, or the fallback where it is empty or did not come. */
export const newSessionIdOr =
  (fallback: string): Reader<string> =>
  (value, name) =>
    possibleId(filled(value, name) ?? fallback, name);

/** One session, or undefined for all. */
export const anySessionId: Reader<string | undefined> = (value, name) => filled(value, name);

export const title: Reader<string> = (value, name) => {
  const stripped = strippedTitle(value, name) ?? missing(name);
  return sound(stripped, name, titleProblem(stripped));
};

/** Undefined, which is the default title, where it is blank or did not come. */
export const optionalTitle: Reader<string | undefined> = (value, name) => {
  const stripped = strippedTitle(value, name) ?? '';
  return stripped.trim() === '' ? undefined : sound(stripped, name, titleProblem(stripped));
};

export const role: Reader<Role> = (value, name) => {
  const given = (text(value, name) ?? missing(name)).trim();
  const known = roles.find((candidate) => candidate === given);
  if (known === undefined) throw new InvalidRole(given);
  return known;
};

export const content: Reader<string> = (value, name, { contentMaxBytes }) => {
  const given = text(value, name) ?? missing(name);
  return sound(given, name, contentProblem(given, contentMaxBytes));
};

/** When a message was written. A text that is no time is now: the message is not lost for it. */
export const timestamp: Reader<number | undefined> = (value, name, { now }) =>
  readPastTime(numberOrText(value, name) ?? '', now);

export const clientMessageId: Reader<string | undefined> = (value, name) => {
  const given = filled(value, name);
  return given === undefined ? undefined : sound(given, name, clientMessageIdProblem(given));
};

/** From 1; more than `most` is as good as `most`. */
export const limit =
  (most: number, fallback = most): Reader<number> =>
  (value, name) => {
    const given = wholeNumber(value, name);
    return given === undefined ? fallback : Math.min(given, most);
  };

/** The `id` of a row that the client holds. */
export const rowId: Reader<number | undefined> = (value, name) => wholeNumber(value, name);

/** A `timestamp` that the history has answered, in milliseconds. */
export const historyTime: Reader<number | undefined> = (value, name) => {
  const given = numberOrText(value, name);
  if (given === undefined || given === '') return undefined;
  return readTime(given) ?? refuse(name, 'must be a time that this history has answered');
};

/** NUL is dropped, as the original did. */
export function text(value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' ? value.replaceAll('\0', '') : refuse(name, 'must be a string');
}

function possibleId(id: string, name: string): string {
  return sound(id, name, sessionIdProblem(id));
}

/** Without white space at its ends; undefined when nothing else is there. */
function filled(value: unknown, name: string): string | undefined {
  const given = text(value, name)?.trim();
  return given === '' ? undefined : given;
}

function strippedTitle(value: unknown, name: string): string | undefined {
  const given = text(value, name);
  if (given === undefined) return undefined;
  // Far over the limit it is not worth looking for tags.
  return stripTags(sound(given, name, given.length > titleWorthReading ? titleProblem(given) : undefined));
}

/** A form has numbers as texts, JSON as numbers. */
function numberOrText(value: unknown, name: string): string | undefined {
  return typeof value === 'number' ? String(value) : text(value, name)?.trim();
}

function wholeNumber(value: unknown, name: string): number | undefined {
  const given = numberOrText(value, name);
  if (given === undefined || given === '') return undefined;
  return /^[1-9]\d{0,14}$/.test(given) ? Number(given) : refuse(name, 'must be a whole number from 1');
}

function sound<Value>(value: Value, name: string, problem: string | undefined): Value {
  return problem === undefined ? value : refuse(name, problem);
}

function refuse(name: string, problem: string): never {
  throw new InvalidParameter(name, problem);
}

function missing(name: string): never {
  throw new MissingParameter(name);
}
