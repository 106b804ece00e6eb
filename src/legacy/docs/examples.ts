/** The chat of the examples: the first example creates it, the others use it. */
export const exampleSession = 'chat-1';

const common = { cmid: 1 };
const session = { ...common, session_id: exampleSession };
const message = { ...session, role: 'user', content: 'How long is the Nile?' };

/** An example request for each action; each can be sent from the documentation page. */
export const requestExamples: Record<string, object> = {
  append_message: { action: 'append_message', ...message },
  load_chat_history_only: { action: 'load_chat_history_only', ...common, limit: 50 },
  create_chat_session: { action: 'create_chat_session', ...common, title: 'Essay on rivers' },
  get_chat_sessions: { action: 'get_chat_sessions', ...common },
  save_session_message: { action: 'save_session_message', ...message },
  get_session_messages: { action: 'get_session_messages', ...session },
  switch_chat_session: { action: 'switch_chat_session', ...session },
  update_chat_title: { action: 'update_chat_title', ...session, title: 'Essay on lakes' },
  clear_session_messages: { action: 'clear_session_messages', ...session },
  delete_chat_session: { action: 'delete_chat_session', ...session },
  test: { action: 'test', ...common },
};

const row = { id: 1, writeassistdevid: 1, userid: 1 };
const seconds = 1795334400;

/** The responses to these requests. */
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
