// Uses the types of openapi-typescript with openapi-fetch.
import createClient from 'openapi-fetch';
import type { components, paths } from './chat-store.js';
import type { Outcome } from './outcome.mjs';

export async function run(baseUrl: string, token: string): Promise<Outcome> {
  const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });
  const created = await client.POST('/api/v1/sessions', { body: { title: 'Essay on rivers' } });
  if (!created.data) throw new Error(created.error.code);
  const { id, title } = created.data;
  const list = await client.GET('/api/v1/sessions', { params: { query: { limit: 1 } } });
  const path = { sessionId: id };
  const message = {
    params: { path, header: { 'Idempotency-Key': 'a1' } },
    body: { role: 'user', content: 'How long is the Nile?' },
  } as const;
  const saved = await client.POST('/api/v1/sessions/{sessionId}/messages', message);
  const repeated = await client.POST('/api/v1/sessions/{sessionId}/messages', message);
  const messages = await client.GET('/api/v1/sessions/{sessionId}/messages', { params: { path } });
  const header = { 'If-None-Match': messages.response.headers.get('etag') ?? '' };
  const unchanged = await client.GET('/api/v1/sessions/{sessionId}/messages', { params: { path, header } });
  const missing = await client.GET('/api/v1/sessions/{sessionId}', { params: { path: { sessionId: 'missing' } } });
  const wrong = await client.PATCH('/api/v1/sessions/{sessionId}', { params: { path }, body: { title: '' } });
  const deleted = await client.DELETE('/api/v1/sessions/{sessionId}', { params: { path } });
  const code: components['schemas']['ProblemDto']['code'] | undefined = missing.error?.code;
  return {
    title,
    listed: list.data?.data[0]?.id === id,
    saved: saved.data?.content ?? '',
    repeated: repeated.response.status,
    contents: messages.data?.data.map(({ content }) => content) ?? [],
    unchanged: unchanged.response.status,
    code: code ?? '',
    wrongFields: wrong.error?.errors?.map(({ pointer }) => pointer) ?? [],
    deleted: deleted.response.status,
  };
}

/** The values of an enum: a typing error here would not compile. */
export const known: components['schemas']['ProblemDto']['code'] = 'session_not_found';
