import type { OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { ProblemDto } from '../../../src/http/problem.dto.js';
import { send } from '../http/send.js';
import type { Answer } from './client.js';
import { noteRequest } from '../run/run-record.js';

interface RawRequest {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Uint8Array;
}

/** Sends a request on a separate connection, with exactly this path and these headers, including `Host`. */
export function rawCall(url: string, path: string, options: RawRequest = {}): Promise<Answer<ProblemDto>> {
  noteRequest(options.headers ?? {}, options.body);
  return send(url, path, { ...options, agent: false });
}

/** Sends these bytes, and returns the answer until the server closes the connection. */
export function rawBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    // Less than the server's own limit of 15 s for headers, which would close it as well.
    socket.setTimeout(12_000, () => socket.destroy(new Error('the server has not closed the connection')));
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => {
      resolve(text);
    });
    socket.on('error', reject);
  });
}

/**
 * Sends these lines, and returns the first line of the answer, or `no answer` after `timeoutMs`. The last line may be
 * unfinished.
 */
export function firstLine(url: string, lines: string[], timeoutMs = 20_000): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(lines.join('\r\n')));
    socket.setTimeout(timeoutMs, () => {
      socket.destroy();
      resolve('no answer');
    });
    socket.once('error', reject);
    socket.once('data', (chunk: Buffer) => {
      socket.destroy();
      resolve(chunk.toString().split('\r\n', 1)[0] ?? '');
    });
  });
}
