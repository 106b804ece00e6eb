import { messageListQueries } from '../../src/messages/message-list.repository.js';
import { insertQueries } from '../../src/messages/messages.repository.js';
import { sessionListQueries } from '../../src/sessions/session-list-queries.js';
import { sessionQueries } from '../../src/sessions/sessions.repository.js';

/** The SQL of the product, which the bare servers send too. */
export const statements = {
  list: messageListQueries.firstPage('asc'),
  insert: insertQueries.atHead.last,
  sessions: sessionListQueries.activity.firstPage,
  session: sessionQueries.one,
};
