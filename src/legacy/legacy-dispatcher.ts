import { Inject, Injectable, PayloadTooLargeException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { maxBodyBytes } from '../http/body-size.js';
import { Clock } from '../common/clock.js';
import { atOnce, inPieces } from '../common/in-pieces.js';
import { assertNotCompressed, assertUtf8 } from '../http/json-body-parser.js';
import { assertAllowedOrigin } from '../http/origin-check.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';
import { MessagesService } from '../messages/messages.service.js';
import type { Owner } from '../owners/owner.js';
import { SessionChangesService } from '../sessions/session-changes.service.js';
import { SessionListService } from '../sessions/session-list.service.js';
import { SessionTrashService } from '../sessions/session-trash.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { actions } from './actions.js';
import {
  decode,
  decodeFields,
  fieldsOf,
  isMultipart,
  parseForm,
  parseObject,
  urlencodedType,
  type Fields,
} from './parsing/form.js';
import type { FormField } from './parsing/form-field.js';
import { InvalidActionError, InvalidParameterError, MissingParameterError } from './legacy.errors.js';
import { LegacyAuthenticator } from './legacy-authenticator.js';
import type { ActivityField } from './legacy-mapper.js';
import { ProjectHistory } from './proxy/project-history.js';
import { rebuildForm, rebuildQuery, type RebuiltRequest } from './proxy/rebuilt-request.js';
import { Upstream, assertNoLoop, type ResponseFilter } from './proxy/upstream.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The unparsed body: set by Nest for JSON, and by the form parser. */
    rawBody?: Buffer;
    /** The action of a proxied request, on which the format of errors depends. */
    legacyAction?: string;
  }
}

/** Handles a request: find the action, proxy unknown ones, authenticate, parse the fields, call the service. */
@Injectable()
export class LegacyDispatcher {
  constructor(
    private readonly sessions: SessionsService,
    private readonly sessionChanges: SessionChangesService,
    private readonly sessionLists: SessionListService,
    private readonly trash: SessionTrashService,
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
    assertNotCompressed(request.headers);
    const { rawBody } = request;
    // Before the checks below: proxied bodies may have any charset.
    const parsed = await parseBody(request);
    const { fields } = parsed;
    const name = actionOf(fields);
    const action = actions.get(name);
    if (this.upstream.isConfigured && !action) {
      request.legacyAction = name;
      const rebuilt = await rebuild(request, parsed);
      const filter = name === 'load_project' ? this.historyFilter(request, fields) : undefined;
      // The answer may take minutes: the memory of the original body is freed.
      delete request.rawBody;
      request.body = undefined;
      await this.authenticator.countProxied(request, fields);
      this.upstream.forward(request, reply, rebuilt, filter);
      return;
    }
    assertUtf8(request.headers);
    if (!action) throw name === '' ? new MissingParameterError('action') : new InvalidActionError();
    const { maxContentBytes } = this.config;
    // The route's limit may be larger: it also applies to proxied bodies.
    if ((rawBody?.length ?? 0) > maxBodyBytes(maxContentBytes)) throw new PayloadTooLargeException();
    const input = decodeFields(fields, [...commonFields, ...action.fields]);
    const owner = await this.authenticate(request, input);
    const { sessions, sessionChanges, sessionLists, trash, messages } = this;
    const services = { sessions, sessionChanges, sessionLists, trash, messages };
    const limits = { maxContentBytes, now: this.clock.now() };
    const result = await action.run({ owner, activityField, ...services }, input, limits);
    await reply.send({ success: true, ...result });
  }

  private authenticate(request: FastifyRequest, input: Fields): Promise<Owner> {
    assertAllowedOrigin(request.headers, this.config.http);
    return this.authenticator.authenticate(request, input);
  }

  private historyFilter(request: FastifyRequest, fields: Fields): ResponseFilter {
    return this.projectHistory.filterFor(request, async () => {
      assertUtf8(request.headers);
      const input = decodeFields(fields, commonFields);
      return this.authenticator.hasCredential(request, input) ? this.authenticate(request, input) : undefined;
    });
  }
}

/** The fields of every action. */
const commonFields = ['action', 'cmid', 'sesskey'];

interface ParsedBody {
  fields: Fields;
  /** Undefined for JSON. */
  form: FormField[] | undefined;
}

/** Forms arrive as raw bytes; JSON is already parsed by Fastify. An empty body is an empty form. */
async function parseBody({ body, headers }: FastifyRequest): Promise<ParsedBody> {
  if (body === undefined || body === null) return { fields: new Map(), form: [] };
  if (!(body instanceof Buffer)) return { fields: parseObject(body), form: undefined };
  const form = await inPieces(parseForm(body, headers['content-type'] ?? ''));
  return { fields: fieldsOf(form), form };
}

/** @throws InvalidParameterError when a known action is in the query, from which the original reads fields too */
async function rebuild({ url, headers, rawBody }: FastifyRequest, { form }: ParsedBody): Promise<RebuiltRequest> {
  const query = atOnce(parseForm(Buffer.from(queryOf(url)), urlencodedType));
  if (actions.has(actionOf(fieldsOf(query)))) throw new InvalidParameterError('action', 'must stand in the body');
  const body = form
    ? await rebuildForm(form, form.length > 0 && isMultipart(headers['content-type'] ?? ''))
    : // The original does not read JSON.
      { body: rawBody ?? Buffer.alloc(0), contentType: 'application/json' };
  return { ...body, query: rebuildQuery(query) };
}

/** What follows the first question mark. */
function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
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
