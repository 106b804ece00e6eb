import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { serializeError } from '../../common/error-serializer.js';
import { inPieces } from '../../common/in-pieces.js';
import { InFlightMemory } from '../../http/in-flight-memory.js';
import { internalError, toProblem } from '../../http/problem.js';
import { MessagesService } from '../../messages/messages.service.js';
import type { Owner } from '../../owners/owner.js';
import { toHistoryItem } from '../legacy-mapper.js';
import { decodeBody } from './decode-body.js';
import { findChatHistory } from './project-json.js';
import { readWhole } from './read-whole.js';
import type { ResponseFilter } from './upstream.js';

/** Authenticates the caller as for an action of this service; undefined without a credential of this service. */
type Authenticate = () => Promise<Owner | undefined>;

/** More confuses the oldest pages: they draw what they have loaded before it behind it. */
const historySize = 50;
/** Larger responses are passed on as they are: they would occupy too much memory. */
const maxBytes = 8 * 1024 * 1024;
const jsonType = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;
/** Headers about the bytes of the response, which are wrong for other bytes. */
const bodyHeaders = [
  'content-length',
  'content-encoding',
  'etag',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
];

/**
 * Puts the stored chat into the responses of the original to `load_project`: the oldest pages draw its
 * `project.chatHistory` over what they have loaded, and Moodle's own tables have no newer message
 * (docs/adr/0022-load-project.md). Whatever goes wrong, the response is passed on as it came.
 */
@Injectable()
export class ProjectHistory {
  readonly #logged = new Set<string>();

  constructor(
    private readonly messages: MessagesService,
    private readonly memory: InFlightMemory,
  ) {}

  /** The filter for the response to this `load_project`. The caller is authenticated only if Moodle has answered it. */
  filterFor(request: FastifyRequest, authenticate: Authenticate): ResponseFilter {
    return {
      requestHeaders: { 'accept-encoding': 'identity' },
      send: (reply, body) => {
        void this.send(request, reply, body, authenticate);
      },
    };
  }

  private async send(
    request: FastifyRequest,
    reply: FastifyReply,
    body: Readable,
    authenticate: Authenticate,
  ): Promise<void> {
    if (reply.statusCode !== 200 || !this.isJson(request, reply)) {
      void reply.send(body);
      return;
    }
    const read = await readWhole(body, this.memoryHolder(request, reply));
    const filled = Buffer.isBuffer(read) ? await this.fill(request, reply, read, authenticate) : undefined;
    if (reply.raw.destroyed) return;
    if (filled) for (const name of bodyHeaders) reply.removeHeader(name);
    void reply.send(filled ?? read);
  }

  /** The response with the stored chat; undefined when it stays as it is. */
  private async fill(
    request: FastifyRequest,
    reply: FastifyReply,
    body: Buffer,
    authenticate: Authenticate,
  ): Promise<Buffer | undefined> {
    try {
      const json = (await decodeBody(body, headerOf(reply, 'content-encoding'), maxBytes)) ?? Buffer.alloc(0);
      const place = await inPieces(findChatHistory(json));
      if (typeof place === 'string') {
        // Both are usual answers: pages then draw no chat of the project.
        const isUsual = place === 'failure' || place === 'without a project';
        if (!isUsual) this.warnOnce(request, `the response is ${place}`);
        return undefined;
      }
      const owner = await authenticate();
      if (!owner) return undefined;
      const { messages } = await this.messages.history(owner, historySize);
      const history = JSON.stringify(messages.reverse().map(toHistoryItem));
      const value = Buffer.from(`${place.prefix}${history}`);
      const filled = Buffer.concat([json.subarray(0, place.start), value, json.subarray(place.end)]);
      if (this.memory.proxied.reserve(request, reply, filled.length)) return filled;
      this.warnOnce(request, 'memory is short');
      return undefined;
    } catch (error) {
      const { status, code } = toProblem(error) ?? internalError;
      // A caller that is refused here gets what Moodle has answered.
      if (status >= 500) this.warnOnce(request, code, error);
      return undefined;
    }
  }

  private isJson(request: FastifyRequest, reply: FastifyReply): boolean {
    if (jsonType.test(headerOf(reply, 'content-type'))) return true;
    this.warnOnce(request, 'the response is not application/json in UTF-8');
    return false;
  }

  /** Reserves memory while a body is read. */
  private memoryHolder(request: FastifyRequest, reply: FastifyReply): (bytes: number) => boolean {
    const memory = this.memory.proxied.open(request, reply);
    return (bytes) => {
      const isHeld = bytes <= maxBytes && memory.hold(bytes);
      if (!isHeld) this.warnOnce(request, bytes > maxBytes ? 'the response is too large' : 'memory is short');
      return isHeld;
    };
  }

  /** Each reason once: pages call this action at every load. */
  private warnOnce(request: FastifyRequest, reason: string, error?: unknown): void {
    if (this.#logged.has(reason)) return;
    this.#logged.add(reason);
    request.log.warn(
      error === undefined ? {} : { error: serializeError(error) },
      `load_project was passed on without the stored chat, which old pages then do not show: ${reason}`,
    );
  }
}

function headerOf(reply: FastifyReply, name: string): string {
  return String(reply.getHeader(name) ?? '');
}
