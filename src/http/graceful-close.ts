import { Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { ShutdownState } from '../common/shutdown-state.js';
import { refuseConnection } from './client-error.js';
import { OpenConnections } from './open-connections.js';

/** How long a connection may wait for its first request, or for the rest of a header, while the server closes, in ms. */
const requestMs = 500;
/** Maximum time for accepting the waiting connections, in ms: clients may open new ones as fast. */
const maxAcceptingMs = 2000;
/** The listener accepts one connection in each turn of the event loop: without one in so many turns, none is waiting. */
const idleTurns = 5;
/**
 * Maximum time of the turn in which the listener closes, in ms. What connects between the look at the queue and the end
 * of that turn is reset. A turn with requests takes longer, and so does one in which the process did not get a core.
 */
const maxLastTurnMs = 0.1;
/**
 * No client has connected for this time, in ms, when the listener closes: one hardly does so at that moment then. Shorter
 * gaps also arise when the machine stands still for a moment, and all clients connect after it.
 */
const quietMs = 250;
/** Maximum time to wait for that, in ms: many clients leave no such gap. */
const maxWaitForQuietMs = 1500;

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
 * @param shutdown a server that is not stopped by a signal does not wait for clients to become quiet
 */
export function closeGracefully(fastify: FastifyInstance, shutdownMs: number, shutdown: ShutdownState): void {
  let isClosing = false;
  let turn = 0;
  let accepted = { turn, time: 0 };
  let listenerClosed: Promise<void> | undefined;

  const closeUnlessUsed = (socket: Socket) => {
    setTimeout(() => {
      if (connections.isWithoutRequest(socket)) socket.destroy();
    }, requestMs);
  };
  const connections = new OpenConnections(fastify.server, (socket) => {
    // A response that was begun before the stop does not say that its connection ends.
    if (isClosing) closeUnlessUsed(socket);
  });
  const refuseHalfBodies = () => {
    for (const socket of connections.withHalfBody) refuseConnection(socket, 408, shutdownMs / 4);
  };
  /** Ends in a turn of the event loop in which hardly a connection can be waiting. */
  const acceptAll = async () => {
    const start = performance.now();
    accepted = { turn, time: start };
    for (let now = start; now - start < maxAcceptingMs; turn++) {
      await nextTurn();
      const turnMs = performance.now() - now;
      now += turnMs;
      const mayConnect = now - accepted.time < quietMs && now - start < maxWaitForQuietMs;
      const isQuiet = !mayConnect || !shutdown.isShuttingDown;
      if (isQuiet && turn - accepted.turn >= idleTurns && turnMs < maxLastTurnMs) return;
    }
  };

  fastify.server.on('connection', () => {
    accepted = { turn, time: performance.now() };
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
    // Requests wait until this has ended, so that their clients do not connect again.
    const closed = acceptAll().then(() => {
      // Fastify would first close idle connections, and new ones would be waiting again.
      Server.prototype.close.call(fastify.server);
    });
    listenerClosed = closed.then(() => nextTurn());
    await closed;
  });
}
