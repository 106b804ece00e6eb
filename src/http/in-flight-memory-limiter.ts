import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerKey } from './caller-key.js';

/** Limits in bytes: for all requests together, and for one client. */
const maxBytes = 256 * 1024 * 1024;
const maxBytesPerClient = maxBytes / 4;
/** Smaller bodies are not counted: the rate limits bound their number, and nearly all requests are that small. */
const smallBytes = 16 * 1024;

/**
 * Limits the memory that bodies of requests or responses in flight hold, in total and per client. A client is an owner,
 * or an IP address while the owner is not known. Memory is held until the response is sent or the socket closes,
 * because a client may send many requests at once without reading the responses.
 */
export class InFlightMemoryLimiter {
  readonly #bytesByClient = new Map<string, number>();
  #bytes = 0;

  /**
   * Reserves memory until the request ends.
   * @returns false if a limit would be exceeded; nothing is reserved then
   */
  reserve(request: FastifyRequest, reply: FastifyReply, bytes: number): boolean {
    if (bytes <= smallBytes) return true;
    const key = callerKey(request);
    const held = this.#bytesByClient.get(key) ?? 0;
    if (this.#bytes + bytes > maxBytes || held + bytes > maxBytesPerClient) return false;
    this.#bytes += bytes;
    this.#bytesByClient.set(key, held + bytes);
    onRequestEnd(request.raw.socket, reply, () => {
      this.release(key, bytes);
    });
    return true;
  }

  private release(key: string, bytes: number): void {
    this.#bytes -= bytes;
    const left = (this.#bytesByClient.get(key) ?? 0) - bytes;
    if (left > 0) this.#bytesByClient.set(key, left);
    else this.#bytesByClient.delete(key);
  }
}

/** Callbacks to run when a socket closes. Each socket gets one listener, however many requests it carries. */
const closeCallbacks = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `done` once, when the response closes or when the socket does: a pipelined response that waits behind others
 * emits no event of its own when the socket closes.
 */
function onRequestEnd(socket: Socket, reply: FastifyReply, done: () => void): void {
  if (socket.destroyed) {
    done();
    return;
  }
  const callbacks = closeCallbacks.get(socket) ?? listenForClose(socket);
  const end = () => {
    if (callbacks.delete(end)) done();
  };
  callbacks.add(end);
  reply.raw.once('close', end);
}

function listenForClose(socket: Socket): Set<() => void> {
  const callbacks = new Set<() => void>();
  closeCallbacks.set(socket, callbacks);
  socket.once('close', () => {
    for (const end of callbacks) end();
  });
  return callbacks;
}
