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

/** Sends a request with exactly this path and these headers, including `Host`, which `fetch` does not allow. */
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

/** Sends these bytes, and returns the answer until the server closes the connection. */
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

/** Sends these lines, and returns the first line of the answer, or `no answer`. The last line may be unfinished. */
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
