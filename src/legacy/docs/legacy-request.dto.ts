import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { legacyRoles, type LegacyRole } from '../../messages/message-rules.js';
import { actions } from '../actions.js';
import { exampleSession } from './examples.js';

/** Without an empty example Swagger UI fills in "string" and sends it. */
const emptyExample = { example: '' };

/** The fields of all actions, for the OpenAPI document; `actions` defines which action accepts which. */
export class LegacyFormDto {
  @ApiProperty({ enum: [...actions.keys()], example: 'append_message', description: 'The action.' })
  action!: string;

  @ApiProperty({
    type: 'integer',
    minimum: 1,
    maximum: 4294967295,
    example: 1,
    description: "The course module; must equal the token's claim `cmid` if that is present.",
  })
  cmid!: number;

  @ApiPropertyOptional({
    ...emptyExample,
    description: "The token, or Moodle's sesskey with its cookie, if there is no header `Authorization: Bearer`.",
  })
  sesskey?: string;

  @ApiPropertyOptional({
    example: exampleSession,
    description: 'The chat. Default: `default` for `append_message`, all chats for `load_chat_history_only`.',
  })
  session_id?: string;

  @ApiPropertyOptional({
    example: 'Essay on rivers',
    description: 'For `create_chat_session` and `update_chat_title`: up to 255 characters; HTML tags are removed.',
  })
  title?: string;

  @ApiPropertyOptional({ enum: legacyRoles, example: 'user', description: 'Who wrote the message.' })
  role?: LegacyRole;

  @ApiPropertyOptional({ example: 'How long is the Nile?', description: 'The text of the message.' })
  content?: string;

  @ApiPropertyOptional({
    ...emptyExample,
    description:
      'When the message was written: seconds or milliseconds since 1970, ISO 8601, or `YYYY-MM-DD HH:MM:SS` (UTC). Default, also for an invalid value: now, or the newest timestamp of the chat if that is later.',
  })
  timestamp?: string;

  @ApiPropertyOptional({
    ...emptyExample,
    description:
      "The client's id of the message: repeated requests with the same id save the message once. Without an id, so do requests with the same `timestamp` within two minutes.",
  })
  client_message_id?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    example: 50,
    description: 'Maximum number of rows: up to 1000, for `load_chat_history_only` up to 200 (default 50).',
  })
  limit?: number;

  @ApiPropertyOptional({
    ...emptyExample,
    description:
      'Only rows older than this one, given by its `id`, for `load_chat_history_only` by its `timestamp`. `limit` keeps the nearest.',
  })
  before?: string;

  @ApiPropertyOptional({
    ...emptyExample,
    description:
      'Only rows newer than this one, given by its `id`; messages: saved after it. `limit` keeps the nearest.',
  })
  after?: string;
}
