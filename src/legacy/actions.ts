import type { ListAnchor } from '../common/pagination.js';
import type { MessagesService } from '../messages/messages.service.js';
import type { Owner } from '../owners/owner.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import { InvalidParameterError } from './legacy.errors.js';
import type { Fields } from './parsing/form.js';
import * as read from './parsing/fields.js';
import { toHistoryItem, toMessageRow, toSessionRow, type ActivityField } from './legacy-mapper.js';

/** What the handlers of the actions work with. */
export interface ActionContext {
  owner: Owner;
  activityField: ActivityField;
  sessions: SessionsService;
  messages: MessagesService;
}

export interface Action {
  /** The fields that it knows, beside `action`, `cmid` and `sesskey`. */
  fields: string[];
  /** @returns what the answer has beside `success`. @throws DomainError */
  run(call: ActionContext, fields: Fields, limits: read.FieldLimits): Promise<object>;
}

const maxListSize = 1000;
const anchorFields = { before: read.rowId, after: read.rowId };
const message = {
  role: read.role,
  content: read.content,
  timestamp: read.timestamp,
  client_message_id: read.clientMessageId,
};

/** Every action of the endpoint, in the order in which a person may try them. Whatever is not here is the original's. */
export const actions: ReadonlyMap<string, Action> = new Map(
  Object.entries({
    append_message: action({ session_id: read.newSessionIdOr('default'), ...message }, save),

    load_chat_history_only: action(
      { limit: read.limit(200, 50), before: read.historyTime, session_id: read.anySessionId },
      async ({ owner, messages }, { limit, before, session_id }) => {
        const page = await messages.history(owner, limit, before, session_id);
        return { chatHistory: page.messages.map(toHistoryItem), ...hasMoreField(page) };
      },
    ),

    create_chat_session: action({ title: read.optionalTitle }, async ({ owner, sessions }, { title }) => {
      const { session } = await sessions.create(owner, { title, activate: true });
      return { session_id: session.id };
    }),

    get_chat_sessions: action(
      { limit: read.limit(maxListSize), ...anchorFields },
      async ({ owner, activityField: key, sessions }, input) => {
        const page = await sessions.listByCreation(owner, input.limit, toAnchor(input));
        return { sessions: page.sessions.map((session) => toSessionRow(owner, key, session)), ...hasMoreField(page) };
      },
    ),

    save_session_message: action({ session_id: read.newSessionId, ...message }, save),

    get_session_messages: action(
      { session_id: read.sessionId, limit: read.limit(maxListSize), ...anchorFields },
      async ({ owner, activityField: key, messages }, { session_id, limit, ...input }) => {
        const page = await messages.listAround(owner, session_id, limit, toAnchor(input));
        return { messages: page.messages.map((row) => toMessageRow(owner, key, row)), ...hasMoreField(page) };
      },
    ),

    switch_chat_session: action({ session_id: read.sessionId }, async ({ owner, sessions }, { session_id }) => {
      await sessions.activate(owner, session_id);
      return {};
    }),

    update_chat_title: action(
      { session_id: read.sessionId, title: read.title },
      async ({ owner, sessions }, { session_id, title }) => {
        await sessions.rename(owner, session_id, title);
        return {};
      },
    ),

    clear_session_messages: action({ session_id: read.sessionId }, async ({ owner, messages }, { session_id }) => {
      await messages.clear(owner, session_id);
      return {};
    }),

    delete_chat_session: action({ session_id: read.sessionId }, async ({ owner, sessions }, { session_id }) => {
      await sessions.delete(owner, session_id);
      return {};
    }),

    test: action({}, () => Promise.resolve({ message: 'AJAX endpoint working' })),
  }),
);

interface MessageInput {
  session_id: string;
  role: ReturnType<typeof read.role>;
  content: string;
  timestamp: number | undefined;
  client_message_id: string | undefined;
}

async function save(
  { owner, messages }: ActionContext,
  { session_id, role, content, timestamp, client_message_id: clientMessageId }: MessageInput,
): Promise<object> {
  const saved = await messages.saveCreatingSession(owner, session_id, { role, content, timestamp, clientMessageId });
  return { message_id: saved.message.id };
}

/** Reads the fields by their readers, in their order, and hands them to the handler. */
function action<Input extends object>(
  readers: { [Name in keyof Input]: read.FieldParser<Input[Name]> },
  handler: (call: ActionContext, input: Input) => Promise<object>,
): Action {
  const entries = Object.entries<read.FieldParser<unknown>>(readers);
  return {
    fields: entries.map(([name]) => name),
    run: (call, fields, limits) => {
      const input = entries.map(([name, reader]) => [name, reader(fields.get(name), name, limits)] as const);
      return handler(call, Object.fromEntries(input) as Input);
    },
  };
}

function toAnchor({
  before,
  after,
}: {
  before: number | undefined;
  after: number | undefined;
}): ListAnchor | undefined {
  if (before !== undefined && after !== undefined) {
    throw new InvalidParameterError('after', 'must not come together with before');
  }
  if (before !== undefined) return { direction: 'before', rowId: before };
  return after === undefined ? undefined : { direction: 'after', rowId: after };
}

function hasMoreField({ more }: { more: boolean }): object {
  return more ? { has_more: true } : {};
}
