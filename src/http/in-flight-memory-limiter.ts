import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ipOrSubnet64 } from '../common/net.js';

/** In bytes: of all together, and of one owner or one address. */
const maxBytes = 256 * 1024 * 1024;
const maxBytesPerClient = maxBytes / 4;
/** What is smaller is not counted: nearly everything is, and requests a minute are bounded. */
const smallBytes = 16 * 1024;

/**
 * Bounds what requests hold of the memory, by their bodies or by their answers, until they are answered or their
 * connection is gone: a caller may send many at once, and need not take what is answered.
 */
export class InFlightMemoryLimiter {
  readonly #ofOne = new Map<string, number>();
  #bytes = 0;

  /** @returns false when too much is held already: then nothing was reserved */
  reserve(request: FastifyRequest, reply: FastifyReply, bytes: number): boolean {
    if (bytes <= smallBytes) return true;
    const key = clientKey(request);
    const held = this.#ofOne.get(key) ?? 0;
    if (this.#bytes + bytes > maxBytes || held + bytes > maxBytesPerClient) return false;
    this.#bytes += bytes;
    this.#ofOne.set(key, held + bytes);
    onRequestEnd(request.raw.socket, reply, () => {
      this.release(key, bytes);
    });
    return true;
  }

  private release(key: string, bytes: number): void {
    this.#bytes -= bytes;
    const left = (this.#ofOne.get(key) ?? 0) - bytes;
    if (left > 0) this.#ofOne.set(key, left);
    else this.#ofOne.delete(key);
  }
}

function clientKey({ owner, ip }: FastifyRequest): string {
  return owner ? `${owner.activityId}/${owner.userId}` : ipOrSubnet64(ip);
}

/** What is to be done when a connection ends: one listener for all requests on it. */
const endings = new WeakMap<Socket, Set<() => void>>();

/** When the answer is gone or, since one that waits behind others never says so, when its connection is. */
function onRequestEnd(socket: Socket, reply: FastifyReply, done: () => void): void {
  if (socket.destroyed) {
    done();
    return;
  }
  const waiting = endings.get(socket) ?? listenForClose(socket);
  const end = () => {
    if (waiting.delete(end)) done();
  };
  waiting.add(end);
  reply.raw.once('close', end);
}

function listenForClose(socket: Socket): Set<() => void> {
  const waiting = new Set<() => void>();
  endings.set(socket, waiting);
  socket.once('close', () => {
    for (const end of waiting) end();
  });
  return waiting;
}
