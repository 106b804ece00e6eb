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

/** A request on a connection of its own, with exactly this path and these headers, `Host` among them. */
export function rawCall(url: string, path: string, options: RawRequest = {}): Promise<Answer<ProblemDto>> {
  noteRequest(options.headers ?? {}, options.body);
  return send(url, path, { ...options, agent: false });
}

/** What comes back for these bytes, until the server closes the connection. */
export function rawBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    socket.setTimeout(5000, () => socket.destroy(new Error('the server has not closed the connection')));
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => {
      resolve(text);
    });
    socket.on('error', reject);
  });
}

/** The first line of the answer to these lines, the last one of which may be unfinished; what is said when none comes. */
export function firstLine(url: string, lines: string[], timeoutMs = 1500): Promise<string> {
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
