/** An action of the legacy endpoint: the fields that the owner sends, and the outcomes for each caller. */
export interface LegacyCall {
  /** `session` and `row` are the id of a session and of a row of the owner. */
  fields: (session: string, row: string) => Record<string, string>;
  stranger: string;
  owner: string;
}

const message = { role: 'user', content: 'Hardly worth it' };
const ofSession = (more: Record<string, string> = {}, stranger = '404 session_not_found'): LegacyCall => ({
  fields: (session) => ({ session_id: session, ...more }),
  stranger,
  owner: '200',
});

/** Every action, with the outcomes for authenticated callers. Others get 401. */
export const legacyCalls: Record<string, LegacyCall> = {
  append_message: ofSession(message),
  load_chat_history_only: ofSession({}, '200'),
  create_chat_session: { fields: () => ({ title: 'Anew' }), stranger: '200', owner: '200' },
  get_chat_sessions: { fields: () => ({}), stranger: '200', owner: '200' },
  save_session_message: ofSession(message),
  get_session_messages: ofSession(),
  switch_chat_session: ofSession(),
  update_chat_title: ofSession({ title: 'Renamed' }),
  clear_session_messages: ofSession(),
  delete_chat_session: ofSession(),
  test: { fields: () => ({}), stranger: '200', owner: '200' },
};

/** The same actions with the id of a row: a row of another owner counts as missing. */
export const legacyRows: [action: string, edge: 'before' | 'after'][] = [
  ['get_chat_sessions', 'before'],
  ['get_chat_sessions', 'after'],
  ['get_session_messages', 'before'],
  ['get_session_messages', 'after'],
];
