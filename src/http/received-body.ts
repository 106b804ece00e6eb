import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { RequestTimeoutException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { MergedChunks } from '../common/merged-chunks.js';
import { announcesBody } from './body-size.js';
import { isClosed } from './request-end.js';
import { serverBusyError } from './in-flight-memory.js';
import { uncountedBytes, type InFlightMemoryLimiter } from './in-flight-memory-limiter.js';
import type { MemoryReservation } from './memory-reservation.js';

/**
 * Counts the bodies of requests as they arrive, at what they occupy: a length that is only declared takes nothing from
 * others.
 */
export function countReceivedBodies(fastify: FastifyInstance, memory: InFlightMemoryLimiter): void {
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    const { headers, raw, routeOptions } = request;
    if (!announcesBody(headers) || hasArrived(raw)) done(null, payload);
    else done(null, new ReceivedBody(payload, routeOptions.bodyLimit, memory.open(request, reply), raw.socket));
  });
}

/** Whether a small body is complete, as most are when their headers have been read: nothing more is held then. */
function hasArrived({ complete, readableLength, socket }: IncomingMessage): boolean {
  return complete && readableLength <= uncountedBytes && !isClosed(socket);
}

/**
 * The body of a request as Fastify reads it: its chunks are copied together, because Fastify keeps each as it came. It is
 * passed on when it is complete, or when it is too long, which Fastify then rejects.
 */
class ReceivedBody extends Readable {
  #chunks = new MergedChunks();
  #isReading = false;

  constructor(
    private readonly source: Readable,
    private readonly maxBytes: number,
    private readonly memory: MemoryReservation,
    private readonly socket: Socket,
  ) {
    super();
    // Nobody listens any more when a client leaves whose body was too long.
    this.on('error', () => undefined);
  }

  override _read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.source.on('data', this.add);
    this.source.once('end', this.complete);
    this.source.once('error', (error) => this.destroy(error));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.stop();
    if (error) this.memory.release();
    done(error);
  }

  private readonly add = (chunk: Buffer): void => {
    this.#chunks.add(chunk);
    if (this.#chunks.length > this.maxBytes) {
      this.passOn();
      this.memory.release();
    } else if (!this.memory.hold(this.#chunks.occupiedBytes)) {
      this.destroy(serverBusyError());
    }
  };

  /** A request that was refused because its body was late must not be executed when the rest arrives. */
  private readonly complete = (): void => {
    if (isClosed(this.socket)) this.destroy(new RequestTimeoutException());
    else this.passOn();
  };

  private readonly passOn = (): void => {
    const blocks = this.#chunks.blocks();
    this.stop();
    for (const block of blocks) this.push(block);
    this.push(null);
  };

  /** Discards what is still to come. */
  private stop(): void {
    this.#chunks = new MergedChunks();
    this.source.off('data', this.add);
    this.source.off('end', this.complete);
    this.source.resume();
  }
}
