import type { ModelSession } from './session.js';

/** What a client sends to save a message. */
export interface Sent {
  role: string;
  /** Left out together with a payload whose text it is. */
  content?: string;
  /** ISO 8601. */
  timestamp?: string;
  clientMessageId?: string;
  status?: string;
  format?: string;
  payload?: unknown;
  parentId?: string;
}

const formatWithText = 'ai-sdk/v6';
const legacyRoles = ['user', 'assistant', 'system'];

/** A payload with a text that the server knows how to find. */
export function payloadOf(text: string): Pick<Sent, 'format' | 'payload'> {
  return { format: formatWithText, payload: { parts: [{ type: 'text', text }] } };
}

/** The text of what was sent. */
export function textOf({ content, format, payload }: Sent): string {
  if (content !== undefined || format !== formatWithText) return content ?? '';
  return (payload as { parts: { text: string }[] }).parts.map(({ text }) => text).join('\n\n');
}

/** A message as it must be. */
export class ModelMessage {
  /** Of the server; empty until its answer is known. */
  id = '';
  /** UTC milliseconds; of a message without a timestamp known from the answer. */
  timestamp: number | undefined;
  createdAt: string | undefined;
  /** The text so far. */
  content: string;
  status: string;
  /** Of a message that is written in chunks. */
  lease = '';
  lastChunk = { offset: 0, append: '' };
  /** Set while it is deleted as a single message. */
  deletion: object | undefined;

  constructor(
    readonly session: ModelSession,
    readonly sequence: number,
    readonly sent: Sent,
    /** Undefined for the beginning of its session; another one when cleared messages before it are restored. */
    public parent: ModelMessage | undefined,
    readonly revisionOf: ModelMessage | undefined,
  ) {
    this.content = textOf(sent);
    this.status = sent.status ?? 'complete';
    if (sent.timestamp === undefined) return;
    const isAnswer = sent.parentId !== undefined;
    this.timestamp = Math.max(Date.parse(sent.timestamp), isAnswer ? (parent?.timestamp ?? 0) : 0);
  }

  get isWritten(): boolean {
    return this.status === 'in_progress';
  }

  /** Whether pages of the plugin show it. */
  get isLegacy(): boolean {
    return legacyRoles.includes(this.sent.role) && this.content !== '';
  }

  /** The text that a list of sessions shows: of a message that is written in chunks, that of its beginning. */
  get previewText(): string {
    if (!legacyRoles.includes(this.sent.role)) return '';
    return (this.isWritten ? textOf(this.sent) : this.content).trim();
  }
}

/** The branch that ends with a message, from the beginning. */
export function pathTo(end: ModelMessage | undefined): ModelMessage[] {
  const path: ModelMessage[] = [];
  for (let message = end; message; message = message.parent) path.unshift(message);
  return path;
}

/** In the order of a list: by timestamp, equal ones by sequence. */
export function byTime(messages: ModelMessage[]): ModelMessage[] {
  return messages.toSorted((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0) || a.sequence - b.sequence);
}
