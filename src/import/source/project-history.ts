import { hashNumber } from '../plan/session-mapping.js';
import { parseTime, parseTimeText } from './times.js';

/** One entry of a project's `chatHistory`. */
export interface HistoryEntry {
  /** Its id in the ledger. It does not change when entries are added, or removed at the front. */
  rowId: number;
  /** Its position in the history, from 1. */
  position: number;
  role: string;
  content: string;
  /** Whether it has a time of its own. Otherwise `time` is taken from a neighbour and changes with it. */
  hasTime: boolean;
  /** UTC milliseconds. Without its own: that of the entry before, or at the start that of the first one with a time. */
  time: number | undefined;
  problem?: string;
}

/**
 * Parses the `chatHistory` of a project's JSON.
 * @param seen counts equal entries across the projects of one owner, by the id of the first
 * @throws Error whose message describes the problem
 */
export function parseHistory(content: string, seen = new Map<number, number>()): HistoryEntry[] {
  const history = historyOf(parse(content));
  const entries = history.map((value, index) => {
    const { role, content: text, timestamp } = isRecord(value) ? value : {};
    const asText = typeof text === 'string' ? text : '';
    const asRole = typeof role === 'string' ? role : '';
    const firstId = entryLedgerId(asRole, asText, timestamp, 1);
    const occurrence = (seen.get(firstId) ?? 0) + 1;
    seen.set(firstId, occurrence);
    const time = entryTime(timestamp);
    return {
      rowId: entryLedgerId(asRole, asText, timestamp, occurrence),
      position: index + 1,
      role: asRole,
      content: asText,
      hasTime: time !== undefined,
      time,
      ...problemOf(value),
    };
  });
  return withTimes(entries);
}

/**
 * The ledger id of an entry: a hash, since entries have no ids.
 * @param occurrence distinguishes equal entries of one owner, from 1
 */
export function entryLedgerId(role: string, content: string, timestamp: unknown, occurrence: number): number {
  const firstId = hashNumber(role, content, JSON.stringify(timestamp ?? null));
  return occurrence === 1 ? firstId : hashNumber(String(firstId), String(occurrence));
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new Error('its content is not JSON');
  }
}

function historyOf(project: unknown): unknown[] {
  // PHP encodes an empty object as an empty array.
  if (project === null || (Array.isArray(project) && project.length === 0)) return [];
  if (!isRecord(project)) throw new Error('its content is not a project');
  const { chatHistory } = project;
  if (chatHistory === undefined || chatHistory === null) return [];
  if (Array.isArray(chatHistory)) return chatHistory;
  // PHP encodes an array with gaps as an object.
  if (isRecord(chatHistory)) return Object.values(chatHistory);
  throw new Error('its chatHistory is not a list');
}

function problemOf(value: unknown): { problem?: string } {
  if (!isRecord(value)) return { problem: 'it is not a message' };
  if (typeof value.content !== 'string') return { problem: 'its content is missing or not a text' };
  return typeof value.role === 'string' ? {} : { problem: 'its role is missing or not a text' };
}

function entryTime(timestamp: unknown): number | undefined {
  if (typeof timestamp === 'number') return parseTime(timestamp);
  if (typeof timestamp !== 'string') return undefined;
  return parseTimeText(timestamp);
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
