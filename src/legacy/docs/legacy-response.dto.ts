import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { errorCatalogue } from './error-catalogue.js';
import { legacyRoles, type LegacyRole } from '../../messages/message-rules.js';

const number = { type: 'integer', minimum: 0 } as const;
const seconds = { ...number, description: 'Whole seconds since 1970.' };
const activity = { ...number, description: 'The activity; the name of the field depends on the path.' };

class LegacyRow {
  @ApiProperty(number)
  id!: number;

  @ApiPropertyOptional(activity)
  writeassistdevid?: number;

  @ApiPropertyOptional(activity)
  researchflowid?: number;

  @ApiProperty(number)
  userid!: number;
}

export class LegacySessionDto extends LegacyRow {
  @ApiProperty()
  session_id!: string;

  @ApiProperty()
  title!: string;

  @ApiProperty({ type: 'integer', enum: [0, 1] })
  is_active!: 0 | 1;

  @ApiProperty(seconds)
  created_at!: number;

  @ApiProperty(seconds)
  modified_at!: number;

  @ApiProperty(number)
  message_count!: number;
}

export class LegacyMessageDto extends LegacyRow {
  @ApiProperty()
  chat_session_id!: string;

  @ApiProperty({ enum: legacyRoles })
  role!: LegacyRole;

  @ApiProperty()
  content!: string;

  @ApiProperty(seconds)
  timestamp!: number;

  @ApiProperty(seconds)
  created_at!: number;
}

export class LegacyHistoryItemDto {
  @ApiProperty(number)
  id!: number;

  @ApiProperty({ enum: legacyRoles })
  role!: LegacyRole;

  @ApiProperty()
  content!: string;

  @ApiProperty({
    type: 'number',
    description: 'Seconds since 1970 with a fraction; unique within the history of an owner.',
  })
  timestamp!: number;
}

/** The responses of all actions, for the OpenAPI document. */
export class LegacyAnswerDto {
  @ApiProperty({ type: 'boolean', enum: [true] })
  success!: true;

  @ApiPropertyOptional({ description: 'For `create_chat_session`.' })
  session_id?: string;

  @ApiPropertyOptional({ ...number, description: 'For `append_message` and `save_session_message`.' })
  message_id?: number;

  @ApiPropertyOptional({ type: [LegacySessionDto], description: 'For `get_chat_sessions`: newest first.' })
  sessions?: LegacySessionDto[];

  @ApiPropertyOptional({ type: [LegacyMessageDto], description: 'For `get_session_messages`: oldest first.' })
  messages?: LegacyMessageDto[];

  @ApiPropertyOptional({ type: [LegacyHistoryItemDto], description: 'For `load_chat_history_only`: newest first.' })
  chatHistory?: LegacyHistoryItemDto[];

  @ApiPropertyOptional({ type: 'boolean', enum: [true], description: 'Present if there are more rows.' })
  has_more?: true;

  @ApiPropertyOptional({ description: 'For `test`.' })
  message?: string;
}

export class LegacyFailureDto {
  @ApiProperty({ type: 'boolean', enum: [false] })
  success!: false;

  @ApiProperty({ description: "A message for people; the original endpoint's where it had one." })
  error!: string;

  @ApiProperty({
    enum: Object.keys(errorCatalogue),
    description: 'The error code, for programs; stable. A later version may add codes.',
  })
  code!: string;
}
