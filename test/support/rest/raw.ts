import { request, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { ProblemDto } from '../../../src/http/problem.dto.js';
import type { Answer } from './client.js';
import { noteRequest } from '../run/run-record.js';

interface RawRequest {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Uint8Array;
}

/** A request with exactly this path and these headers, `Host` among them, which `fetch` does not let one choose. */
export function rawCall(
  url: string,
  path: string,
  { method = 'GET', headers = {}, body }: RawRequest = {},
): Promise<Answer<ProblemDto>> {
  const { hostname, port } = new URL(url);
  noteRequest(headers, body);
  return new Promise((resolve, reject) => {
    const sent = request({ host: hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const pairs = Object.entries(response.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]);
        const answered = new Headers(pairs);
        const json = answered.get('content-type')?.includes('json') === true && text !== '';
        resolve({
          status: response.statusCode ?? 0,
          headers: answered,
          text,
          body: (json ? JSON.parse(text) : undefined) as ProblemDto,
        });
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
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
