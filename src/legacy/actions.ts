import type { ListAnchor } from '../common/pagination.js';
import type { MessagesService } from '../messages/messages.service.js';
import type { Owner } from '../owners/owner.js';
import type { SessionChangesService } from '../sessions/session-changes.service.js';
import type { SessionListService } from '../sessions/session-list.service.js';
import { defaultTitle } from '../sessions/session-rules.js';
import type { SessionTrashService } from '../sessions/session-trash.service.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import { InvalidParameterError } from './legacy.errors.js';
import type { Fields } from './parsing/form.js';
import * as parse from './parsing/fields.js';
import { toHistoryItem, toMessageRow, toSessionRow, type ActivityField } from './legacy-mapper.js';

/** The authenticated owner, and the services that an action calls. */
export interface ActionContext {
  owner: Owner;
  activityField: ActivityField;
  sessions: SessionsService;
  sessionChanges: SessionChangesService;
  sessionLists: SessionListService;
  trash: SessionTrashService;
  messages: MessagesService;
}

export interface Action {
  /** The fields that the action accepts, in addition to `action`, `cmid` and `sesskey`. */
  fields: string[];
  /** @returns the fields of the response in addition to `success`. @throws DomainError */
  run(context: ActionContext, fields: Fields, limits: parse.FieldLimits): Promise<object>;
}

const maxListSize = 1000;
const anchorFields = { before: parse.rowId, after: parse.rowId };
const message = {
  role: parse.role,
  content: parse.content,
  timestamp: parse.timestamp,
  client_message_id: parse.clientMessageId,
};

/** All actions that this service handles, in the order in which the documentation page shows them. All others are proxied. */
export const actions: ReadonlyMap<string, Action> = new Map(
  Object.entries({
    append_message: action({ session_id: parse.newSessionIdOr('default'), ...message }, save),

    load_chat_history_only: action(
      { limit: parse.limit(200, 50), before: parse.historyTime, session_id: parse.anySessionId },
      async ({ owner, messages }, { limit, before, session_id }) => {
        const page = await messages.history(owner, limit, before, session_id);
        return { chatHistory: page.messages.map(toHistoryItem), ...hasMoreField(page) };
      },
    ),

    create_chat_session: action({ title: parse.optionalTitle }, async ({ owner, sessions }, { title }) => {
      // Pages send the default title, which nobody has chosen.
      const chosen = title === defaultTitle ? undefined : title;
      const { session } = await sessions.create(owner, { title: chosen, activate: true });
      return { session_id: session.id };
    }),

    get_chat_sessions: action(
      { limit: parse.limit(maxListSize), ...anchorFields },
      async ({ owner, activityField, sessionLists }, input) => {
        const page = await sessionLists.listByCreation(owner, input.limit, toAnchor(input));
        return {
          sessions: page.sessions.map((session) => toSessionRow(owner, activityField, session)),
          ...hasMoreField(page),
        };
      },
    ),

    save_session_message: action({ session_id: parse.newSessionId, ...message }, save),

    get_session_messages: action(
      { session_id: parse.sessionId, limit: parse.limit(maxListSize), ...anchorFields },
      async ({ owner, activityField, messages }, { session_id, limit, ...input }) => {
        const page = await messages.listAround(owner, session_id, limit, toAnchor(input));
        return { messages: page.messages.map((row) => toMessageRow(owner, activityField, row)), ...hasMoreField(page) };
      },
    ),

    switch_chat_session: action({ session_id: parse.sessionId }, async ({ owner, sessions }, { session_id }) => {
      await sessions.activate(owner, session_id);
      return {};
    }),

    update_chat_title: action(
      { session_id: parse.sessionId, title: parse.title },
      async ({ owner, sessionChanges }, { session_id, title }) => {
        await sessionChanges.change(owner, session_id, { title });
        return {};
      },
    ),

    clear_session_messages: action({ session_id: parse.sessionId }, async ({ owner, trash }, { session_id }) => {
      await trash.clear(owner, session_id);
      return {};
    }),

    delete_chat_session: action({ session_id: parse.sessionId }, async ({ owner, trash }, { session_id }) => {
      await trash.delete(owner, session_id);
      return {};
    }),

    test: action({}, () => Promise.resolve({ message: 'AJAX endpoint working' })),
  }),
);

interface MessageInput {
  session_id: string;
  role: ReturnType<typeof parse.role>;
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

/** An action that parses its fields in the order of `parsers` and passes the result to the handler. */
function action<Input extends object>(
  parsers: { [Name in keyof Input]: parse.FieldParser<Input[Name]> },
  handler: (context: ActionContext, input: Input) => Promise<object>,
): Action {
  const entries = Object.entries<parse.FieldParser<unknown>>(parsers);
  return {
    fields: entries.map(([name]) => name),
    run: (context, fields, limits) => {
      const input = entries.map(([name, parser]) => [name, parser(fields.get(name), name, limits)] as const);
      return handler(context, Object.fromEntries(input) as Input);
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
