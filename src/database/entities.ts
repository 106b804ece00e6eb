import { ChatImport } from '../import/ledger/chat-import.entity.js';
import { ImportDifference } from '../import/ledger/import-difference.entity.js';
import { ChatMessage } from '../messages/chat-message.entity.js';
import { MessageChunk } from '../messages/message-chunk.entity.js';
import { MessageStream } from '../messages/message-stream.entity.js';
import { Activity } from '../owners/activity.entity.js';
import { ChatOwner } from '../owners/chat-owner.entity.js';
import { User } from '../owners/user.entity.js';
import { ChatSession } from '../sessions/chat-session.entity.js';
import { DeletedSession } from '../sessions/deleted-session.entity.js';
import { Deletion } from '../trash/deletion.entity.js';

/** All entities, parents first. */
export const entities = [
  User,
  Activity,
  ChatOwner,
  ChatSession,
  DeletedSession,
  Deletion,
  ChatMessage,
  MessageStream,
  MessageChunk,
  ChatImport,
  ImportDifference,
];
