import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { roles, type Role } from '../../messages/message-rules.js';
import { actions } from '../actions.js';
import { exampleSession } from './examples.js';

/** Without an example the documentation's page fills in "string", and sends it. */
const leftOut = { example: '' };

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

  @ApiPropertyOptional({ ...leftOut, description: 'The token, where there is no `Authorization: Bearer`.' })
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
    ...leftOut,
    description:
      'When it was written: seconds or milliseconds since 1970, ISO 8601, or `YYYY-MM-DD HH:MM:SS` (UTC). Now when left out or unreadable.',
  })
  timestamp?: string;

  @ApiPropertyOptional({
    ...leftOut,
    description: "The client's own name for the message: a send that carries one may be repeated and is saved once.",
  })
  client_message_id?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    example: 50,
    description: 'At most so many rows: up to 1000, of `load_chat_history_only` up to 200 (50 when left out).',
  })
  limit?: number;

  @ApiPropertyOptional({
    ...leftOut,
    description:
      'Older than this row: its `id`; of `load_chat_history_only` its `timestamp`. The nearest ones when there are too many.',
  })
  before?: string;

  @ApiPropertyOptional({
    ...leftOut,
    description: 'Newer than this row: its `id`. The nearest ones when there are too many.',
  })
  after?: string;
}
