import { Inject, Injectable, PayloadTooLargeException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { maxBodyBytes } from '../http/body-size.js';
import { Clock } from '../common/clock.js';
import { assertUtf8 } from '../http/json-body-parser.js';
import { assertAllowedOrigin } from '../http/origin-check.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { MessagesService } from '../messages/messages.service.js';
import type { Owner } from '../owners/owner.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { actions } from './actions.js';
import { decode, decodeFields, formTypes, parseForm, parseObject, type Fields } from './parsing/form.js';
import { InvalidActionError, InvalidParameterError, MissingParameterError } from './legacy.errors.js';
import { LegacyAuthenticator } from './legacy-authenticator.js';
import type { ActivityField } from './legacy-mapper.js';
import { ProjectHistory } from './proxy/project-history.js';
import { Upstream, assertNoLoop, type ResponseFilter } from './proxy/upstream.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The unparsed body: set by Nest for JSON, and by the form parser. */
    rawBody?: Buffer;
  }
}

/** Handles a request: find the action, proxy unknown ones, authenticate, parse the fields, call the service. */
@Injectable()
export class LegacyDispatcher {
  constructor(
    private readonly sessions: SessionsService,
    private readonly messages: MessagesService,
    private readonly authenticator: LegacyAuthenticator,
    private readonly upstream: Upstream,
    private readonly projectHistory: ProjectHistory,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Sends the response. @throws DomainError, HttpError, HttpException */
  async handle(request: FastifyRequest, reply: FastifyReply, activityField: ActivityField): Promise<void> {
    assertNoLoop(request);
    const body = request.rawBody ?? Buffer.alloc(0);
    let fields: Fields | undefined;
    if (this.upstream.isConfigured) {
      // Before the checks below: proxied bodies may have any charset.
      fields = parseFields(request, body);
      const name = actionOf(fields);
      if (!actions.has(name)) {
        assertUnknownAction(request.url);
        const filter = name === 'load_project' ? this.historyFilter(request, fields) : undefined;
        this.upstream.forward(request, reply, body, filter);
        return;
      }
    }
    assertUtf8(request.headers);
    fields ??= parseFields(request, body);
    const name = actionOf(fields);
    const action = actions.get(name);
    if (!action) throw name === '' ? new MissingParameterError('action') : new InvalidActionError();
    const { maxContentBytes } = this.config;
    // The route's limit may be larger: it also applies to proxied bodies.
    if (body.length > maxBodyBytes(maxContentBytes)) throw new PayloadTooLargeException();
    const input = decodeFields(fields);
    const owner = await this.authenticate(request, input);
    const { sessions, messages } = this;
    const limits = { maxContentBytes, now: this.clock.now() };
    const result = await action.run({ owner, activityField, sessions, messages }, input, limits);
    await reply.send({ success: true, ...result });
  }

  private authenticate(request: FastifyRequest, input: Fields): Promise<Owner> {
    assertAllowedOrigin(request.headers, this.config.http.allowedOrigins);
    return this.authenticator.authenticate(request, input);
  }

  private historyFilter(request: FastifyRequest, fields: Fields): ResponseFilter {
    return this.projectHistory.filterFor(request, async () => {
      assertUtf8(request.headers);
      const input = decodeFields(fields);
      return this.authenticator.hasCredential(request, input) ? this.authenticate(request, input) : undefined;
    });
  }
}

/** Forms arrive as raw bytes; JSON is already parsed by Fastify. */
function parseFields({ body, headers }: FastifyRequest, raw: Buffer): Fields {
  if (body === undefined || body === null) return new Map();
  return body instanceof Buffer ? parseForm(raw, headers['content-type'] ?? '') : parseObject(body);
}

/**
 * The name of the action, without the characters that Moodle's PARAM_ALPHANUMEXT drops: both endpoints must read the
 * same name, or a known action could be proxied.
 * @throws HttpError, InvalidParameterError when the two endpoints could read `action` differently
 */
function actionOf(fields: Fields): string {
  const action = decode('action', fields.get('action') ?? '');
  return typeof action === 'string' ? action.replace(/[^A-Za-z0-9_-]/g, '') : '(none)';
}

/** The original also reads `action` from the query. @throws InvalidParameterError when that is a known action */
function assertUnknownAction(url: string): void {
  const query = /\?(.*)$/s.exec(url)?.[1] ?? '';
  const action = actionOf(parseForm(Buffer.from(query), formTypes[1] ?? ''));
  if (actions.has(action)) throw new InvalidParameterError('action', 'must stand in the body');
}
