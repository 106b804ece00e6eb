import type { SentMessage } from './chat-api.js';
import type { Random } from './random.js';

const endings = [
  '',
  ' ',
  '\n',
  ' 🚀',
  ' \u200b',
  ' é',
  ' é',
  ' \u202eabc',
  " '; DROP TABLE x; --",
  ' \\',
  ' %00',
  ' 漢字🙂',
];
const roles = ['user', 'assistant', 'system'] as const;

/** @param clientMessageId for the half of the messages that have one */
export function newMessage(random: Random, key: string, clientMessageId: string): SentMessage {
  const content = newContent(random, key);
  return {
    role: random.pick(roles),
    content,
    ...(random.chance(0.3) && { timestamp: Date.now() - random.below(5000) }),
    ...(random.chance(0.5) && { clientMessageId, isStreamed: random.chance(0.3) }),
  };
}

/** A text that begins with the key. */
export function newContent(random: Random, key: string): string {
  const length = random.chance(0.02) ? 20_000 : random.below(200);
  return `${key} ${'x'.repeat(length)}${random.pick(endings)}`;
}
