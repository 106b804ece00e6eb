import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requestStorage, type RequestContext } from '../common/request-context.js';
import { callerKey } from './caller-key.js';
import { isClosed } from './request-end.js';

class HttpRequestContext implements RequestContext {
  deadline: number | undefined;

  constructor(private readonly request: FastifyRequest) {}

  /** Read when it is needed: the legacy endpoint authenticates in its handler. */
  get caller(): string {
    return callerKey(this.request);
  }

  get waitedMs(): number {
    return this.request.admission?.waitedMs ?? 0;
  }

  park(): void {
    this.request.admission?.park(this.caller);
  }

  get hasLeft(): boolean {
    return isClosed(this.request.raw.socket);
  }
}

/** Lets the work for a request know its caller and its deadline. After the body: its events belong to the socket. */
export function addRequestContext(fastify: FastifyInstance): void {
  fastify.addHook('preHandler', (request, _reply, done) => {
    requestStorage.run(new HttpRequestContext(request), done);
  });
}
