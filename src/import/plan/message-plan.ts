import { clockToleranceMs, contentProblem, legacyRoles, type Role } from '../../messages/message-rules.js';
import type { SourceMessage, SourceMessageHead } from '../source/chat-source.js';

/** The size of the content column, in UTF-8 bytes. Imports may exceed the limit for clients: contents are never cut. */
export const maxColumnBytes = 16 * 1024 * 1024 - 1;

/** The values of a message that are stored, and compared by the verification. */
export interface MessagePlan {
  role: Role;
  content: string;
  /** UTC milliseconds. */
  timestamp: number;
  createdAt: number;
  /** Descriptions of changed values, for the report. */
  changes: string[];
}

/** The values of a message that are stored besides its content. */
export type MessageHeadPlan = Omit<MessagePlan, 'content'>;

/**
 * The values to store for a message, or why it cannot be imported.
 * @param now the time of the import, UTC milliseconds
 * @param maxBytes the longest content that the target database accepts, in UTF-8 bytes
 */
export function planMessage(
  message: SourceMessage,
  now: number,
  maxBytes = maxColumnBytes,
): MessagePlan | { problem: string } {
  const head = planHead(message, now);
  if ('problem' in head) return head;
  const { content } = message;
  if (content === '') return { problem: 'its content is empty' };
  const problem = contentProblem(content, maxBytes);
  return problem === undefined ? { ...head, content } : { problem: `its content ${problem}` };
}

/** As `planMessage`, without the content. */
export function planHead(message: SourceMessageHead, now: number): MessageHeadPlan | { problem: string } {
  if (message.problem !== undefined) return { problem: message.problem };
  const role = legacyRoles.find((known) => known === message.role.trim().toLowerCase());
  if (role === undefined) return { problem: `its role is ${JSON.stringify(message.role.slice(0, 20))}` };
  const { timestamp, known } = timeOf(message, now);
  return {
    role,
    timestamp,
    createdAt: Math.min(message.savedAt ?? timestamp, now),
    changes: [
      ...(role === message.role ? [] : [`its role was ${JSON.stringify(message.role)}`]),
      ...(known ? [] : ['it has no plausible time: it is placed at the start of the history']),
    ],
  };
}

/** The first time that is not in the future; future times come from a wrong clock, and `now` replaces them. */
function timeOf({ times }: SourceMessageHead, now: number): { timestamp: number; known: boolean } {
  const past = times.find((time) => time <= now + clockToleranceMs);
  if (past !== undefined) return { timestamp: past, known: true };
  return times.length > 0 ? { timestamp: now, known: true } : { timestamp: 0, known: false };
}
