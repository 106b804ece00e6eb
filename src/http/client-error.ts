import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { httpProblems, problemType, toProblemDto, unreadable } from './problem.js';

/** Statuses for Node's connection errors: headers too large, or too slow; anything else is not HTTP. */
const connectionStatus: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Answers bytes that are not an HTTP request, and closes the connection. Fastify has no reply object for them. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: { headersSent: boolean } };
  // As Node's default handler: a response that has begun is not cut in two.
  if (!socket.writable || error.code === 'ECONNRESET' || answer?.headersSent) {
    socket.destroy();
    return;
  }
  const status = connectionStatus[error.code ?? ''] ?? 400;
  const problem = { status, ...(httpProblems[status] ?? unreadable) };
  const requestId = randomUUID();
  const body = JSON.stringify(toProblemDto(problem, '/', requestId));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: ${problemType}\r\n` +
      `X-Request-Id: ${requestId}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
