import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';

/** Callbacks to run when a socket closes. Each socket gets one listener, however many requests it carries. */
const closeCallbacks = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `done` once, when the response closes or when the socket does: a pipelined response that waits behind others
 * emits no event of its own when the socket closes.
 */
export function onRequestEnd(socket: Socket, reply: FastifyReply, done: () => void): void {
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

/** True when no response can be sent on the connection any more. */
export function isClosed({ destroyed, writableEnded }: Socket): boolean {
  return destroyed || writableEnded;
}
