import { hashNumber } from '../plan/session-mapping.js';
import { plausible, parseTime } from './times.js';

/** One entry of a project's `chatHistory`. */
export interface HistoryEntry {
  /** Its number in the ledger: the same also after entries were added, or taken from the front. */
  rowId: number;
  /** Its place, from 1. */
  place: number;
  role: string;
  content: string;
  /** Whether its time is its own: another one changes with those around it. */
  hasTime: boolean;
  /** UTC milliseconds; that of the entry before where it has none, or of the next one at the beginning. */
  time: number | undefined;
  problem?: string;
}

/**
 * The entries of a project's content, in their order.
 * @param seen how many of equal ones were read before, of the same owner
 * @throws Error saying what is wrong with it
 */
export function parseHistory(content: string, seen = new Map<number, number>()): HistoryEntry[] {
  const history = historyOf(parse(content));
  const entries = history.map((value, index) => {
    const { role, content: text, timestamp } = isRecord(value) ? value : {};
    const asText = typeof text === 'string' ? text : '';
    const asRole = typeof role === 'string' ? role : '';
    const equal = entryNumber(asRole, asText, timestamp, 1);
    const which = (seen.get(equal) ?? 0) + 1;
    seen.set(equal, which);
    const time = entryTime(timestamp);
    return {
      rowId: entryNumber(asRole, asText, timestamp, which),
      place: index + 1,
      role: asRole,
      content: asText,
      hasTime: time !== undefined,
      time,
      ...problemOf(value),
    };
  });
  return withTimes(entries);
}

/** An entry's number in the ledger. Equal ones of an owner are told apart by which of them it is, from 1. */
export function entryNumber(role: string, content: string, timestamp: unknown, which: number): number {
  const equal = hashNumber(role, content, JSON.stringify(timestamp ?? null));
  return which === 1 ? equal : hashNumber(String(equal), String(which));
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new Error('its content is not JSON');
  }
}

function historyOf(project: unknown): unknown[] {
  // PHP writes an empty array so, whatever it was meant to be.
  if (project === null || (Array.isArray(project) && project.length === 0)) return [];
  if (!isRecord(project)) throw new Error('its content is no project');
  const { chatHistory } = project;
  if (chatHistory === undefined || chatHistory === null) return [];
  if (Array.isArray(chatHistory)) return chatHistory;
  // PHP writes an array with gaps as an object.
  if (isRecord(chatHistory)) return Object.values(chatHistory);
  throw new Error('its chatHistory is no list');
}

function problemOf(value: unknown): { problem?: string } {
  if (!isRecord(value)) return { problem: 'it is no message' };
  if (typeof value.content !== 'string') return { problem: 'its content is missing or no text' };
  return typeof value.role === 'string' ? {} : { problem: 'its role is missing or no text' };
}

function entryTime(timestamp: unknown): number | undefined {
  if (typeof timestamp === 'number') return parseTime(timestamp);
  if (typeof timestamp !== 'string') return undefined;
  return /^\d+$/.test(timestamp) ? parseTime(timestamp) : plausible(Date.parse(inUtc(timestamp)));
}

/** A time without a zone is UTC here, and not this machine's. */
function inUtc(text: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)$/.exec(text.trim()) ?? [];
  return day === undefined || time === undefined ? text : `${day}T${time}Z`;
}

function withTimes(entries: HistoryEntry[]): HistoryEntry[] {
  let last = entries.find(({ time }) => time !== undefined)?.time;
  return entries.map((entry) => {
    last = entry.time ?? last;
    return { ...entry, time: last };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
