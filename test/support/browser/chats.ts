import type { Frame, JSHandle, Page } from 'playwright-core';
import type { MultiChatError, MultiChatManager, MultiChatOptions } from '../../../client/multi-chat-manager.js';
import { noteFields, noteSecret } from '../run/run-record.js';

/** The methods that send requests. */
type Call = Exclude<keyof MultiChatManager, 'currentSessionId' | 'displayMessages' | 'beginReply'>;
type Given<Name extends Call> = Parameters<MultiChatManager[Name]>;
type Result<Name extends Call> = Awaited<ReturnType<MultiChatManager[Name]>>;

/** Options that can be passed into a page. */
export interface ChatsOptions extends Omit<MultiChatOptions, 'token'> {
  token?: string;
  /** Pass `token` as a function that resolves to the token. */
  tokenLater?: boolean;
}

export interface Shown {
  role: string;
  content: string;
}

/** The error that a call rejected with. */
export interface Rejection {
  name: string;
  message: string;
  code: string;
  status: number;
  retryAfterMs: number | undefined;
}

interface InPage {
  manager: MultiChatManager;
  shown: Shown[][];
}

/** A `MultiChatManager` in a page. */
export class Chats {
  private constructor(private readonly handle: JSHandle<InPage>) {}

  /** Imports the module from the server into the page, and creates a manager that records what it displays. */
  static async in(page: Page | Frame, server: string, options: ChatsOptions): Promise<Chats> {
    noteFields(Object.entries(options));
    const script = `${server}/client/multi-chat-manager.js`;
    const given = { ajaxUrl: `${server}/mod/writeassistdev/ajax.php`, cmid: 1, retryDelayMs: 20, ...options };
    const handle: unknown = await page.evaluateHandle(makeManager, { script, given });
    return new Chats(handle as JSHandle<InPage>);
  }

  async call<Name extends Call>(name: Name, ...given: Given<Name>): Promise<Result<Name>> {
    const outcome = await this.attempt(name, given);
    if ('rejection' in outcome) throw new Error(`${name}: ${JSON.stringify(outcome.rejection)}`);
    return outcome.result as Result<Name>;
  }

  /** Returns the error that the call rejects with. @throws if it resolves */
  async rejection<Name extends Call>(name: Name, ...given: Given<Name>): Promise<Rejection> {
    const outcome = await this.attempt(name, given);
    if ('rejection' in outcome) return outcome.rejection;
    throw new Error(`${name} resolved to ${JSON.stringify(outcome.result)}`);
  }

  /** Stores a reply that arrives in pieces, one each `pauseMs`. @returns the id of its message */
  async stream(sessionId: string, pieces: string[], pauseMs = 60): Promise<string> {
    for (const piece of pieces) noteSecret('text', piece);
    return this.handle.evaluate(streamReply, { sessionId, pieces, pauseMs });
  }

  /** The messages of each call of `displayMessages`. */
  shown(): Promise<Shown[][]> {
    return this.handle.evaluate(({ shown }) => shown);
  }

  currentSessionId(): Promise<string | null> {
    return this.handle.evaluate(({ manager }) => manager.currentSessionId);
  }

  private attempt(name: Call, given: unknown[]): Promise<{ result: unknown } | { rejection: Rejection }> {
    noteSecret('text', given.at(-1));
    return this.handle.evaluate(callManager, { name, given });
  }
}

// What follows runs in the page.

interface Making {
  script: string;
  given: ChatsOptions;
}

async function makeManager({ script, given: { token, tokenLater, ...rest } }: Making): Promise<InPage> {
  const { MultiChatManager } = (await import(script)) as typeof import('../../../client/multi-chat-manager.js');
  const shown: Shown[][] = [];
  class ShowingManager extends MultiChatManager {
    override displayMessages(messages: Shown[]): void {
      shown.push(messages.map(({ role, content }) => ({ role, content })));
    }
  }
  const credential = token !== undefined && { token: tokenLater ? () => Promise.resolve(token) : token };
  return { manager: new ShowingManager({ ...rest, ...credential }), shown };
}

async function callManager(
  { manager }: InPage,
  { name, given }: { name: Call; given: unknown[] },
): Promise<{ result: unknown } | { rejection: Rejection }> {
  try {
    return { result: await (manager[name] as (...all: unknown[]) => Promise<unknown>)(...given) };
  } catch (error) {
    const { name: kind, message, code, status, retryAfterMs } = error as MultiChatError;
    return { rejection: { name: kind, message, code, status, retryAfterMs } };
  }
}

interface Streaming {
  sessionId: string;
  pieces: string[];
  pauseMs: number;
}

async function streamReply({ manager }: InPage, { sessionId, pieces, pauseMs }: Streaming): Promise<string> {
  const reply = await manager.beginReply(sessionId, { chunkMs: 100 });
  for (const piece of pieces) {
    reply.append(piece);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  await reply.end();
  return reply.id;
}
