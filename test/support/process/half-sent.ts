import { Agent, request, type ClientRequest } from 'node:http';
import type { Client } from '../rest/client.js';

const keepingConnections = new Agent({ keepAlive: true });

/** A save with half of its body sent: a request that the server must finish before it stops. */
export class HalfSent {
  readonly underWay: Promise<void>;
  readonly status: Promise<number | undefined>;
  /** The `Connection` header of the answer. */
  connection: string | undefined;
  readonly #request: ClientRequest;
  readonly #body: string;

  constructor(client: Client, sessionId: string, content: string) {
    this.#body = JSON.stringify({ role: 'user', content });
    this.#request = request(`${client.url}/api/v1/sessions/${sessionId}/messages`, {
      method: 'POST',
      agent: keepingConnections,
      headers: {
        authorization: `Bearer ${client.token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(this.#body),
      },
    });
    this.status = new Promise((resolve, reject) => {
      this.#request.once('error', reject);
      this.#request.once('response', (response) => {
        this.connection = response.headers.connection;
        response.resume();
        response.once('end', () => {
          resolve(response.statusCode);
        });
      });
    });
    this.underWay = new Promise((resolve) => {
      this.#request.write(this.#body.slice(0, 10), () => {
        resolve();
      });
    });
  }

  finish(): void {
    this.#request.end(this.#body.slice(10));
  }

  abandon(): void {
    this.#request.destroy();
  }
}
