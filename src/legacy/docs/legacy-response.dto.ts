import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { roles, type Role } from '../../messages/message-rules.js';

const number = { type: 'integer', minimum: 0 } as const;
const seconds = { ...number, description: 'Whole seconds since 1970.' };
const activity = { ...number, description: 'The activity; what it is called depends on the address.' };

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

  @ApiProperty({ enum: roles })
  role!: Role;

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

  @ApiProperty({ enum: roles })
  role!: Role;

  @ApiProperty()
  content!: string;

  @ApiProperty({
    type: 'number',
    description: 'Seconds since 1970 with their fraction; no two messages have the same.',
  })
  timestamp!: number;
}

/** What the actions answer, for the documentation. */
export class LegacyAnswerDto {
  @ApiProperty({ type: 'boolean', enum: [true] })
  success!: true;

  @ApiPropertyOptional({ description: 'Of `create_chat_session`.' })
  session_id?: string;

  @ApiPropertyOptional({ ...number, description: 'Of `append_message` and `save_session_message`.' })
  message_id?: number;

  @ApiPropertyOptional({ type: [LegacySessionDto], description: 'Of `get_chat_sessions`: later made first.' })
  sessions?: LegacySessionDto[];

  @ApiPropertyOptional({ type: [LegacyMessageDto], description: 'Of `get_session_messages`: in order.' })
  messages?: LegacyMessageDto[];

  @ApiPropertyOptional({ type: [LegacyHistoryItemDto], description: 'Of `load_chat_history_only`: newest first.' })
  chatHistory?: LegacyHistoryItemDto[];

  @ApiPropertyOptional({ type: 'boolean', enum: [true], description: 'Where a list goes on; left out where not.' })
  has_more?: true;

  @ApiPropertyOptional({ description: 'Of `test`.' })
  message?: string;
}

export class LegacyFailureDto {
  @ApiProperty({ type: 'boolean', enum: [false] })
  success!: false;

  @ApiProperty({ description: "What is wrong, in the original's words where it had some." })
  error!: string;

  @ApiProperty({ description: 'Stable: programs decide by it.' })
  code!: string;
}
