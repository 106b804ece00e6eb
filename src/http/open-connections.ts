import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The open connections of a server, and the requests on them whose response is not sent yet. */
export class OpenConnections {
  readonly #requests = new Map<Socket, Set<IncomingMessage>>();

  /** @param onUnused is called with a new connection, and with one whose last response was sent or given up */
  constructor(server: Server, onUnused: (socket: Socket) => void) {
    server.on('connection', (socket: Socket) => {
      this.#requests.set(socket, new Set());
      onUnused(socket);
      socket.once('close', () => this.#requests.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const requests = this.#requests.get(request.socket);
      requests?.add(request);
      response.once('close', () => {
        requests?.delete(request);
        if (requests?.size === 0) onUnused(request.socket);
      });
    });
  }

  get all(): Socket[] {
    return [...this.#requests.keys()];
  }

  /** True while the connection has sent no request, or a part of a header. */
  isWithoutRequest(socket: Socket): boolean {
    return this.#requests.get(socket)?.size === 0;
  }

  /** The connections that wait for nothing but the rest of a body. */
  get withHalfBody(): Socket[] {
    const isHalf = (requests: Set<IncomingMessage>) => [...requests].every(({ complete }) => !complete);
    return [...this.#requests].flatMap(([socket, requests]) => (requests.size > 0 && isHalf(requests) ? [socket] : []));
  }
}
