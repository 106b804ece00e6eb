import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { refuseConnection } from './client-error.js';
import { OpenConnections } from './open-connections.js';

/** How long a connection may wait for its first request, or for the rest of a header, while the server closes, in ms. */
const requestMs = 500;
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
 * Connections without a request are closed: browsers open such connections ahead of need, and Node, which no longer
 * applies its time limits, counts them and those with a part of a header as active. A body that has not arrived after half
 * of the time is refused: its client may take any time.
 * @param shutdownMs how long the requests under way may take altogether
 */
export function closeGracefully(fastify: FastifyInstance, shutdownMs: number): void {
  const connections = new OpenConnections(fastify.server);
  let isClosing = false;
  let acceptedAt = 0;
  let turn = 0;
  let listenerClosed: Promise<void> | undefined;

  const closeUnlessUsed = (socket: Socket) => {
    setTimeout(() => {
      if (connections.isWithoutRequest(socket)) socket.destroy();
    }, requestMs);
  };
  const refuseHalfBodies = () => {
    for (const socket of connections.withHalfBody) refuseConnection(socket, 408, shutdownMs / 4);
  };

  fastify.server.on('connection', (socket: Socket) => {
    acceptedAt = turn;
    if (isClosing) closeUnlessUsed(socket);
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
    connections.all.forEach(closeUnlessUsed);
    setTimeout(refuseHalfBodies, shutdownMs / 2).unref();
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
