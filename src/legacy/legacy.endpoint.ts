import { Inject, Injectable, PayloadTooLargeException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bodyLimit } from '../common/body-limit.js';
import { Clock } from '../common/clock.js';
import { requireUtf8 } from '../common/json-body.js';
import { requireOrigin } from '../common/origin.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { MessagesService } from '../messages/messages.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { actions } from './actions.js';
import { decode, decodeFields, formTypes, readForm, readObject, type Fields } from './form.js';
import { InvalidAction, InvalidParameter, MissingParameter } from './legacy.errors.js';
import { LegacyIdentity } from './legacy.identity.js';
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

  /** Sends the answer. @throws DomainError, HttpProblem, HttpException */
  async answer(request: FastifyRequest, reply: FastifyReply, key: ActivityKey): Promise<void> {
    refuseLoop(request);
    // What goes on to the original may be in any charset; where nothing does, that is the first thing to say.
    if (!this.upstream.isConfigured) requireUtf8(request.headers);
    const body = request.rawBody ?? Buffer.alloc(0);
    const fields = readFields(request, body);
    const name = actionOf(fields);
    const action = actions.get(name);
    if (!action && this.upstream.isConfigured) {
      requireForeign(request.url);
      this.upstream.pass(request, reply, body);
      return;
    }
    if (!action) throw name === '' ? new MissingParameter('action') : new InvalidAction();
    const { contentMaxBytes, http } = this.config;
    requireUtf8(request.headers);
    // What is passed on may be longer, and is nobody's business here.
    if (body.length > bodyLimit(contentMaxBytes)) throw new PayloadTooLargeException();
    const input = decodeFields(fields);
    requireOrigin(request.headers, http.allowedOrigins);
    const owner = await this.identity.ownerOf(request, input);
    const { sessions, messages } = this;
    const limits = { contentMaxBytes, now: this.clock.now() };
    const answer = await action.run({ owner, key, sessions, messages }, input, limits);
    await reply.send({ success: true, ...answer });
  }
}

/** The parser has left a form as it came, and read JSON already. */
function readFields({ body, headers }: FastifyRequest, raw: Buffer): Fields {
  if (body === undefined || body === null) return new Map();
  return body instanceof Buffer ? readForm(raw, headers['content-type'] ?? '') : readObject(body);
}

/**
 * Other characters are dropped, as the original does: so what it takes for an action of ours is one here.
 * @throws HttpProblem, InvalidParameter where the two could read it differently
 */
function actionOf(fields: Fields): string {
  const action = decode('action', fields.get('action') ?? '');
  return typeof action === 'string' ? action.replace(/[^A-Za-z0-9_-]/g, '') : '(none)';
}

/** The original also looks into the address. @throws InvalidParameter where an action of ours stands there */
function requireForeign(address: string): void {
  const query = /\?(.*)$/s.exec(address)?.[1] ?? '';
  const action = actionOf(readForm(Buffer.from(query), formTypes[1] ?? ''));
  if (actions.has(action)) throw new InvalidParameter('action', 'must stand in the body');
}
