/** An action of the plugin's endpoint: what the owner sends, and what callers are answered. */
export interface LegacyCall {
  /** `session` and `row` are ids of the owner's: of a session, and of a row. */
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

/** Every action, and what callers who are known are answered. Whoever is not is answered 401. */
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

/** The same actions where they name a row: another's row is as good as none. */
export const legacyRows: [action: string, edge: 'before' | 'after'][] = [
  ['get_chat_sessions', 'before'],
  ['get_chat_sessions', 'after'],
  ['get_session_messages', 'before'],
  ['get_session_messages', 'after'],
];
