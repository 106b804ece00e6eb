import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { endAndLinger } from './lingering-close.js';
import { httpProblems, problemType, toProblemDto, unreadable } from './problem.js';

/** Statuses for the error codes of Node's HTTP parser. Every other code means that the bytes are not valid HTTP: 400. */
const connectionStatus: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/**
 * Sends a problem document for a connection whose bytes are not a complete HTTP request, and closes the connection.
 * Writes to the socket, because Fastify has no reply object for such a request and its default handler sends plain JSON.
 */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // More bytes on a connection that is being closed.
  if (socket.writableEnded && error.code !== 'ECONNRESET') return;
  const { _httpMessage: response } = socket as Socket & { _httpMessage?: ServerResponse };
  if (response?.req.complete) {
    // The bytes come after a request that gets its response, and then the connection ends.
    response.shouldKeepAlive = false;
    return;
  }
  // Like Node's default handler: a second response must not be written into one that has started.
  if (!socket.writable || error.code === 'ECONNRESET' || response?.headersSent) {
    socket.destroy();
    return;
  }
  refuseConnection(socket, connectionStatus[error.code ?? ''] ?? 400);
}

/** Sends the problem document of this status as the last response of a connection. */
export function refuseConnection(socket: Socket, status: number, lingerMs?: number): void {
  const problem = { status, ...(httpProblems[status] ?? unreadable) };
  const requestId = randomUUID();
  const body = JSON.stringify(toProblemDto(problem, '/', requestId));
  const head =
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: ${problemType}\r\n` +
    `X-Request-Id: ${requestId}\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  endAndLinger(socket, head + body, lingerMs);
}
