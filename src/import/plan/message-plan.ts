import { clockToleranceMs, contentProblem, roles, type Role } from '../../messages/message-rules.js';
import type { SourceMessage } from '../source/chat-source.js';

/** The most that the column of contents holds, in bytes of UTF-8. Above the limit for clients, since nothing is cut. */
export const maxContentBytes = 16 * 1024 * 1024 - 1;

/** What of a message is stored, and compared later. */
export interface MessagePlan {
  role: Role;
  content: string;
  /** UTC milliseconds. */
  timestamp: number;
  createdAt: number;
  /** What was made different, for the report. */
  changes: string[];
}

/**
 * How a message is stored, or why it is not.
 * @param now the time of the import, UTC milliseconds
 * @param mostBytes the longest content that the database here takes
 */
export function planMessage(
  message: SourceMessage,
  now: number,
  mostBytes = maxContentBytes,
): MessagePlan | { problem: string } {
  if (message.problem !== undefined) return { problem: message.problem };
  const role = roles.find((known) => known === message.role.trim().toLowerCase());
  if (role === undefined) return { problem: `its role is ${JSON.stringify(message.role.slice(0, 20))}` };
  const problem = message.content === '' ? 'its content is empty' : contentProblem(message.content, mostBytes);
  if (problem !== undefined) return { problem: message.content === '' ? problem : `its content ${problem}` };
  const { timestamp, known } = timeOf(message, now);
  return {
    role,
    content: message.content,
    timestamp,
    createdAt: Math.min(message.savedAt ?? timestamp, now),
    changes: [
      ...(role === message.role ? [] : [`its role was ${JSON.stringify(message.role)}`]),
      ...(known ? [] : ['it has no time that can be believed: it stands at the beginning']),
    ],
  };
}

/** A time ahead of the clock is the fault of one that was wrong. */
function timeOf({ times }: SourceMessage, now: number): { timestamp: number; known: boolean } {
  const past = times.find((time) => time <= now + clockToleranceMs);
  if (past !== undefined) return { timestamp: past, known: true };
  return times.length > 0 ? { timestamp: now, known: true } : { timestamp: 0, known: false };
}
