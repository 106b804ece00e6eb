import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long after its opening a connection may wait for its first request while the server closes, in ms. */
const firstRequestMs = 500;
/** Maximum time for accepting the waiting connections, in ms: clients may open new ones as fast. */
const maxAcceptingMs = 1000;
/** The listener accepts one connection in each turn of the event loop: without one in so many turns, none is waiting. */
const idleTurns = 5;

/**
 * Closes the server without resetting a connection whose request is under way. Add it before the hooks of requests.
 *
 * Closing the listener resets the connections that the system has queued for it, so they are accepted first. Meanwhile
 * requests wait: their clients then open no new connections, and the queue becomes empty.
 *
 * Connections on which nothing was ever sent are closed. Browsers open such connections ahead of need, and Node counts
 * them as active until they time out, so they would delay the end of the process.
 */
export function closeGracefully(fastify: FastifyInstance): void {
  const openedAt = new Map<Socket, number>();
  let isClosing = false;
  let acceptedAt = 0;
  let turn = 0;
  let listenerClosed: Promise<void> | undefined;

  fastify.server.on('connection', (socket: Socket) => {
    acceptedAt = turn;
    openedAt.set(socket, performance.now());
    socket.once('close', () => openedAt.delete(socket));
    if (isClosing) closeIfUnused(socket, performance.now());
  });
  fastify.addHook('onRequest', (_request, _reply, done) => {
    if (listenerClosed)
      void listenerClosed.then(() => {
        done();
      });
    else done();
  });
  fastify.addHook('preClose', async () => {
    isClosing = true;
    for (const [socket, opened] of openedAt) closeIfUnused(socket, opened);
    const limit = performance.now() + maxAcceptingMs;
    const acceptWaiting = async () => {
      for (acceptedAt = turn; turn - acceptedAt < idleTurns && performance.now() < limit; turn++) await nextTurn();
    };
    const accepted = acceptWaiting();
    // Fastify closes the listener when this hook has ended.
    listenerClosed = accepted.then(() => nextTurn());
    await accepted;
  });
}

function closeIfUnused(socket: Socket, openedAt: number): void {
  setTimeout(
    () => {
      if (socket.bytesRead === 0) socket.destroy();
    },
    openedAt + firstRequestMs - performance.now(),
  );
}
