import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { announcesBody } from './body-size.js';

/** How long a connection stays open after its last response when its client may still be sending, in ms. */
const defaultLingerMs = 2000;

/**
 * Closes connections on which a response was sent before the body of its request had arrived: refused bodies are not
 * waited for. Add it before the hooks of requests.
 */
export function closeAfterEarlyResponses(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ raw: { socket } }, _reply, done) => {
    // A request that came after the last response gets none, so it is not begun.
    if (!socket.writableEnded) done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    closeIfEarly(request, reply);
    done(null, payload);
  });
}

/** For the only response that no hook sees, before it is sent. */
export function closeIfEarly({ raw, headers }: FastifyRequest, reply: FastifyReply): void {
  // Node has not yet set `complete` when a request without a body is answered at once, as preflights are.
  if (raw.complete || !announcesBody(headers)) return;
  reply.header('connection', 'close');
  // Node calls it after the last response of a connection.
  raw.socket.destroySoon = () => {
    endAndLinger(raw.socket);
  };
}

/**
 * Ends a connection, after these bytes, and destroys it when its client has closed it too, or after `lingerMs`. A socket
 * that is destroyed while its client sends resets the connection, and the client may then lose the response.
 */
export function endAndLinger(socket: Socket, bytes = '', lingerMs = defaultLingerMs): void {
  socket.end(bytes);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => {
    clearTimeout(timer);
  });
}
