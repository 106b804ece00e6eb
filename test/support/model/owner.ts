import type { ModelMessage } from './message.js';
import { Refusal, sessionNotFound } from './refusal.js';
import { ModelSession, type SessionFields } from './session.js';

/** A change of a session by a client. */
export interface SessionChange extends SessionFields {
  lastReadSequence?: number;
  headId?: string;
}

/** Ids that the server chooses, and ids that pages of the plugin use again. */
const isServerId = (id: string) => id.startsWith('chat_');
const isReusedId = (id: string) => /^(?:default|chat-\d+)$/.test(id);

/** All that an owner has, as it must be: the model that a server is compared with. */
export class ModelOwner {
  sessions: ModelSession[] = [];
  active: ModelSession | undefined;
  /** Ids of deleted sessions that a late message of a page does not bring back. */
  readonly deletedIds = new Set<string>();
  /** How many client message ids were used. */
  clientMessageIds = 0;

  get live(): ModelSession[] {
    return this.sessions.filter(({ isDeleted }) => !isDeleted);
  }

  /** Messages of all sessions, also those in the trash. */
  get messages(): ModelMessage[] {
    return this.sessions.flatMap(({ all }) => all);
  }

  find(id: string): ModelSession | undefined {
    return this.sessions.find((session) => session.id === id);
  }

  get(id: string): ModelSession {
    const session = this.live.find((one) => one.id === id);
    if (!session) throw sessionNotFound();
    return session;
  }

  isInTrash(message: ModelMessage): boolean {
    return message.session.isDeleted || !message.session.live.includes(message);
  }

  /** @param id empty for one that the server chooses */
  create(id: string, fields: SessionFields, activate: boolean): { session: ModelSession; created: boolean } {
    const existing = this.find(id);
    if (existing?.isDeleted === false) return { session: existing, created: false };
    if (existing) existing.renew(fields);
    const session = existing ?? new ModelSession(id, fields);
    if (!existing) this.sessions.push(session);
    this.deletedIds.delete(id);
    if (activate) this.active = session;
    return { session, created: true };
  }

  /** @throws Refusal when a message of a page neither finds nor makes the session */
  assertSavable(id: string): void {
    if (this.find(id)?.isDeleted === false) return;
    if (isServerId(id) || this.deletedIds.has(id)) throw sessionNotFound();
  }

  /** @param version that the client expects */
  change(id: string, change: SessionChange, version?: number): ModelSession {
    const session = this.get(id);
    if (version !== undefined && version !== session.version) throw new Refusal(412, 'version_conflict');
    const { lastReadSequence = 0, headId, title, titleSource = 'user', metadata, ...flags } = change;
    const isMoved = headId !== undefined && session.choose(headId);
    const isRenamed = title !== undefined && !(titleSource === 'generated' && session.titleSource === 'user');
    const before = JSON.stringify(session, contentFields);
    if (isRenamed) Object.assign(session, { title, titleSource });
    if (metadata !== undefined) session.metadata = metadata ?? {};
    Object.assign(session, flags);
    if (isMoved || JSON.stringify(session, contentFields) !== before) session.version++;
    session.markRead(lastReadSequence);
    return session;
  }

  activate(id: string): ModelSession {
    return (this.active = this.get(id));
  }

  delete(id: string, permanently = false): void {
    const session = this.find(id);
    if (!session || (session.isDeleted && !permanently)) throw sessionNotFound();
    if (!session.isDeleted) {
      session.isDeleted = true;
      session.version++;
      if (this.active === session) this.active = undefined;
      if (!isServerId(id) && !isReusedId(id)) this.deletedIds.add(id);
    }
    if (permanently) this.sessions = this.sessions.filter((one) => one !== session);
  }

  restore(id: string): ModelSession {
    const session = this.find(id);
    if (!session) throw sessionNotFound();
    if (session.isDeleted) session.version++;
    session.isDeleted = false;
    this.deletedIds.delete(id);
    return session;
  }

  clear(id: string, permanently = false): ModelSession {
    const session = this.get(id);
    session.clear(permanently);
    return session;
  }

  restoreMessages(id: string): ModelSession {
    const session = this.get(id);
    session.restoreMessages();
    return session;
  }
}

const contentFields = ['title', 'titleSource', 'pinned', 'archived', 'metadata', 'subject', 'term'];
