import type { FastifyRequest } from 'fastify';
import { legacyErrorFormat } from './error-format.js';

/** Whether the response to this error has a body. */
function hasBody(isProxying: boolean, code: string, request: Partial<FastifyRequest>): boolean {
  const problem = { status: 503, code, detail: 'x' };
  return legacyErrorFormat(isProxying)(problem, request as FastifyRequest).body !== undefined;
}

describe('legacyErrorFormat', () => {
  const form = Buffer.from('action=test');

  it.each(['too_many_requests', 'internal_error', 'upstream_busy'])(
    'leaves %s of proxy_chat without a body',
    (code) => {
      expect(hasBody(true, code, { legacyAction: 'proxy_chat' })).toBe(false);
      expect(hasBody(true, code, { legacyAction: 'load_project' })).toBe(true);
    },
  );

  it.each(['server_busy', 'too_many_requests'])('leaves %s without a body where the action may be proxied', (code) => {
    expect(hasBody(true, code, {})).toBe(false);
    expect(hasBody(true, code, { body: form })).toBe(true);
    expect(hasBody(false, code, {})).toBe(true);
  });
});
