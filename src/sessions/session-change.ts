import { isDeepStrictEqual } from 'node:util';
import { defaultTitle } from './session-rules.js';
import type { ContentChange, SessionContent } from './session.js';

/** The content of a new session. */
export function newContent({ title, titleSource = 'user', pinned, archived, metadata }: ContentChange): SessionContent {
  return {
    title: title ?? defaultTitle,
    titleSource: title === undefined ? 'default' : titleSource,
    pinned: pinned ?? false,
    archived: archived ?? false,
    metadata: metadata ?? {},
  };
}

/** What a change makes of a session. */
export interface AppliedChange {
  /** What is written: with a title its source, also where it is the same, as a row of an older program has none. */
  content: Partial<SessionContent>;
  /** Whether anything differs afterwards. */
  isDifferent: boolean;
  /** Whether the title is written, also when it is the same. */
  isRenamed: boolean;
}

/** A generated title is left out where the user has chosen one: what the user wrote is never replaced by a program. */
export function applyChange(session: SessionContent, change: ContentChange): AppliedChange {
  const { title, titleSource = 'user', pinned, archived, metadata } = change;
  const isRenamed = title !== undefined && !(titleSource === 'generated' && session.titleSource === 'user');
  const content: Partial<SessionContent> = {
    ...(isRenamed && { title, titleSource }),
    ...(pinned !== undefined && { pinned }),
    ...(archived !== undefined && { archived }),
    ...(metadata !== undefined && { metadata: metadata ?? {} }),
  };
  return { content, isDifferent: !isDeepStrictEqual({ ...pick(session), ...content }, pick(session)), isRenamed };
}

/** Without what else the row has. */
function pick({ title, titleSource, pinned, archived, metadata }: SessionContent): SessionContent {
  return { title, titleSource, pinned, archived, metadata };
}
