import { Inject, Injectable, PayloadTooLargeException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { maxBodyBytes } from '../http/body-size.js';
import { Clock } from '../common/clock.js';
import { assertUtf8 } from '../http/json-body-parser.js';
import { assertAllowedOrigin } from '../http/origin-check.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { MessagesService } from '../messages/messages.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { actions } from './actions.js';
import { decode, decodeFields, formTypes, parseForm, parseObject, type Fields } from './parsing/form.js';
import { InvalidActionError, InvalidParameterError, MissingParameterError } from './legacy.errors.js';
import { LegacyAuthenticator } from './legacy-authenticator.js';
import type { ActivityField } from './legacy-mapper.js';
import { Upstream, assertNoLoop } from './proxy/upstream.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came; Nest keeps it. */
    rawBody?: Buffer;
  }
}

/** The way of a request: what it asks for, whether that is ours, who asks, with what, and then the services. */
@Injectable()
export class LegacyDispatcher {
  constructor(
    private readonly sessions: SessionsService,
    private readonly messages: MessagesService,
    private readonly authenticator: LegacyAuthenticator,
    private readonly upstream: Upstream,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Sends the answer. @throws DomainError, HttpProblem, HttpException */
  async handle(request: FastifyRequest, reply: FastifyReply, key: ActivityField): Promise<void> {
    assertNoLoop(request);
    // What goes on to the original may be in any charset; where nothing does, that is the first thing to say.
    if (!this.upstream.isConfigured) assertUtf8(request.headers);
    const body = request.rawBody ?? Buffer.alloc(0);
    const fields = parseFields(request, body);
    const name = actionOf(fields);
    const action = actions.get(name);
    if (!action && this.upstream.isConfigured) {
      assertUnknownAction(request.url);
      this.upstream.forward(request, reply, body);
      return;
    }
    if (!action) throw name === '' ? new MissingParameterError('action') : new InvalidActionError();
    const { contentMaxBytes, http } = this.config;
    assertUtf8(request.headers);
    // What is passed on may be longer, and is nobody's business here.
    if (body.length > maxBodyBytes(contentMaxBytes)) throw new PayloadTooLargeException();
    const input = decodeFields(fields);
    assertAllowedOrigin(request.headers, http.allowedOrigins);
    const owner = await this.authenticator.authenticate(request, input);
    const { sessions, messages } = this;
    const limits = { contentMaxBytes, now: this.clock.now() };
    const answer = await action.run({ owner, activityField: key, sessions, messages }, input, limits);
    await reply.send({ success: true, ...answer });
  }
}

/** The parser has left a form as it came, and read JSON already. */
function parseFields({ body, headers }: FastifyRequest, raw: Buffer): Fields {
  if (body === undefined || body === null) return new Map();
  return body instanceof Buffer ? parseForm(raw, headers['content-type'] ?? '') : parseObject(body);
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
function assertUnknownAction(address: string): void {
  const query = /\?(.*)$/s.exec(address)?.[1] ?? '';
  const action = actionOf(parseForm(Buffer.from(query), formTypes[1] ?? ''));
  if (actions.has(action)) throw new InvalidParameterError('action', 'must stand in the body');
}
