import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { roles, type Role } from '../messages/message.rules.js';
import { actions } from './actions.js';

const exampleSession = 'chat-1';

/** The fields of all actions, for the documentation; `actions` says which action reads which. */
export class LegacyFormDto {
  @ApiProperty({ enum: [...actions.keys()], example: 'append_message', description: 'What to do.' })
  action!: string;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: 4294967295,
    example: 1,
    description: "The course module; must agree with the token's `cmid` if that has one.",
  })
  cmid!: number;

  @ApiPropertyOptional({ description: 'The token, where there is no `Authorization: Bearer`.' })
  sesskey?: string;

  @ApiPropertyOptional({
    example: exampleSession,
    description: 'The chat. `append_message` takes `default` when it is left out, `load_chat_history_only` all chats.',
  })
  session_id?: string;

  @ApiPropertyOptional({
    example: 'Essay on rivers',
    description: 'Of `create_chat_session` and `update_chat_title`: up to 255 characters; tags are stripped.',
  })
  title?: string;

  @ApiPropertyOptional({ enum: roles, example: 'user', description: 'Who wrote the message.' })
  role?: Role;

  @ApiPropertyOptional({ example: 'How long is the Nile?', description: 'The message.' })
  content?: string;

  @ApiPropertyOptional({
    description:
      'When it was written: seconds or milliseconds since 1970, ISO 8601, or `YYYY-MM-DD HH:MM:SS` (UTC). Now when left out or unreadable.',
  })
  timestamp?: string;

  @ApiPropertyOptional({
    description: "The client's own name for the message: a send that carries one may be repeated and is saved once.",
  })
  client_message_id?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description: 'At most so many rows: up to 1000, of `load_chat_history_only` up to 200 (50 when left out).',
  })
  limit?: number;

  @ApiPropertyOptional({
    description:
      'Older than this row: its `id`; of `load_chat_history_only` its `timestamp`. The nearest ones when there are too many.',
  })
  before?: string;

  @ApiPropertyOptional({ description: 'Newer than this row: its `id`. The nearest ones when there are too many.' })
  after?: string;
}

export class LegacyFailureDto {
  @ApiProperty({ enum: [false] })
  success!: false;

  @ApiProperty({ description: "What is wrong, in the original's words where it had some." })
  error!: string;

  @ApiProperty({ description: 'Stable: programs decide by it.' })
  code!: string;
}

const by = { cmid: 1 };
const session = { ...by, session_id: exampleSession };
const message = { ...session, role: 'user', content: 'How long is the Nile?' };

/** A request of each action, as it works on the documentation's page. */
export const requestExamples: Record<string, object> = {
  append_message: { action: 'append_message', ...message },
  load_chat_history_only: { action: 'load_chat_history_only', ...by, limit: 50 },
  create_chat_session: { action: 'create_chat_session', ...by, title: 'Essay on rivers' },
  get_chat_sessions: { action: 'get_chat_sessions', ...by },
  save_session_message: { action: 'save_session_message', ...message },
  get_session_messages: { action: 'get_session_messages', ...session },
  switch_chat_session: { action: 'switch_chat_session', ...session },
  update_chat_title: { action: 'update_chat_title', ...session, title: 'Essay on lakes' },
  clear_session_messages: { action: 'clear_session_messages', ...session },
  delete_chat_session: { action: 'delete_chat_session', ...session },
  test: { action: 'test', ...by },
};

const row = { id: 1, writeassistdevid: 1, userid: 1 };
const seconds = 1795334400;

/** What they answer. */
export const answerExamples: Record<string, object> = {
  append_message: { success: true, message_id: 1 },
  load_chat_history_only: {
    success: true,
    chatHistory: [{ id: 1, role: 'user', content: 'How long is the Nile?', timestamp: seconds + 0.125 }],
  },
  create_chat_session: { success: true, session_id: `chat_1_1_${seconds}_4k2m9x0qa7zt` },
  get_chat_sessions: {
    success: true,
    sessions: [
      {
        ...row,
        session_id: exampleSession,
        title: 'New Chat',
        is_active: 1,
        created_at: seconds,
        modified_at: seconds,
        message_count: 1,
      },
    ],
  },
  save_session_message: { success: true, message_id: 1 },
  get_session_messages: {
    success: true,
    messages: [
      {
        ...row,
        chat_session_id: exampleSession,
        role: 'user',
        content: 'How long is the Nile?',
        timestamp: seconds,
        created_at: seconds,
      },
    ],
  },
  switch_chat_session: { success: true },
  update_chat_title: { success: true },
  clear_session_messages: { success: true },
  delete_chat_session: { success: true },
  test: { success: true, message: 'AJAX endpoint working' },
};
