// Uses the functions of orval, which call fetch.
import * as api from './orval.js';
import type { Outcome } from './outcome.mjs';

export async function run(_baseUrl: string, token: string): Promise<Outcome> {
  const headers = { authorization: `Bearer ${token}` };
  const created = await api.createSession({ title: 'Essay on rivers' }, { headers });
  if (created.status !== 201) throw new Error(`${created.status}`);
  const { id, title } = created.data;
  const list = await api.listSessions({ limit: 1 }, { headers });
  const message: api.SaveMessageDto = { role: 'user', content: 'How long is the Nile?' };
  const named = { headers: { ...headers, 'Idempotency-Key': 'orval-1' } };
  const saved = await api.saveMessage(id, message, named);
  const repeated = await api.saveMessage(id, message, named);
  const messages = await api.listMessages(id, {}, { headers });
  const etag = messages.headers.get('etag') ?? '';
  const unchanged = await api.listMessages(id, {}, { headers: { ...headers, 'If-None-Match': etag } });
  const missing = await api.getSession('missing', { headers });
  const wrong = await api.changeSession(id, { title: '' }, { headers });
  const deleted = await api.deleteSession(id, {}, { headers });
  const isMissing = missing.status === 404 && missing.data.code === api.ProblemDtoCode.session_not_found;
  return {
    title,
    listed: list.status === 200 && list.data.data[0]?.id === id,
    saved: saved.status === 201 ? saved.data.content : '',
    repeated: repeated.status,
    contents: messages.status === 200 ? messages.data.data.map(({ content }) => content) : [],
    unchanged: unchanged.status,
    code: isMissing ? missing.data.code : '',
    wrongFields: wrong.status === 422 ? (wrong.data.errors ?? []).map(({ pointer }) => pointer) : [],
    deleted: deleted.status,
  };
}
