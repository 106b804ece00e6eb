import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bodyLimit } from '../common/body-limit.js';
import { Clock } from '../common/clock.js';
import { HttpProblem } from '../common/problem.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { MessagesService } from '../messages/messages.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { actions } from './actions.js';
import { readForm, readObject, repeated, requireFlat, type Fields } from './form.js';
import { InvalidAction, MissingParameter } from './legacy.errors.js';
import { LegacyIdentity } from './legacy.identity.js';
import { requireOrigin } from './origin.js';
import type { ActivityKey } from './rows.js';
import { Upstream, refuseLoop } from './upstream.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came; Nest keeps it. */
    rawBody?: Buffer;
  }
}

/** The way of a request: what it asks for, whether that is ours, who asks, with what, and then the services. */
@Injectable()
export class LegacyEndpoint {
  constructor(
    private readonly sessions: SessionsService,
    private readonly messages: MessagesService,
    private readonly identity: LegacyIdentity,
    private readonly upstream: Upstream,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Sends the answer. @throws DomainError, HttpProblem */
  async answer(request: FastifyRequest, reply: FastifyReply, key: ActivityKey): Promise<void> {
    refuseLoop(request);
    const body = request.rawBody ?? Buffer.alloc(0);
    const fields = await readFields(request, body);
    const name = actionOf(fields);
    const action = actions.get(name);
    if (!action && this.upstream.isConfigured) {
      this.upstream.pass(request, reply, body);
      return;
    }
    if (!action) throw name === '' ? new MissingParameter('action') : new InvalidAction();
    this.requireSize(body);
    requireFlat(fields);
    requireOrigin(request.headers, this.config.http.allowedOrigins);
    const owner = await this.identity.ownerOf(request.headers, fields);
    const { sessions, messages } = this;
    const limits = { contentMaxBytes: this.config.contentMaxBytes, now: this.clock.now() };
    const answer = await action.run({ owner, key, sessions, messages }, fields, limits);
    await reply.send({ success: true, ...answer });
  }

  /** What is passed on may be longer than what is ours. */
  private requireSize(body: Buffer): void {
    if (body.length <= bodyLimit(this.config.contentMaxBytes)) return;
    throw new HttpProblem(413, 'body_too_large', 'The body is too large.');
  }
}

/** The parser has left a form as it came, and read JSON already. */
async function readFields({ body, headers }: FastifyRequest, raw: Buffer): Promise<Fields> {
  if (body === undefined || body === null) return new Map();
  return body instanceof Buffer ? readForm(raw, headers['content-type'] ?? '') : readObject(body);
}

/** Other characters are dropped, as the original did: so what it takes for an action of ours is one here. */
function actionOf(fields: Fields): string {
  const action = fields.get('action') ?? '';
  // Of two, PHP would take the last one: nobody may think that it is the other.
  if (action === repeated) requireFlat(fields);
  return typeof action === 'string' ? action.replace(/[^A-Za-z0-9_-]/g, '') : '(none)';
}
