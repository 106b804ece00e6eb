import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { boundary } from './bodies.js';
import { connect, createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';

/** A request as it arrived. */
export interface Received {
  method: string | undefined;
  url: string | undefined;
  /** Names in lower case; a repeated header has several values. */
  headers: Record<string, string[] | undefined>;
  /** Names as they were sent, in order. */
  headerNames: string[];
  body: Buffer;
}

export type Answering = (response: ServerResponse, request: IncomingMessage) => void;

/** A stand-in for the original endpoint: records the requests, and sends the answer that the test sets. */
export class Upstream {
  readonly received: Received[] = [];
  answer: Answering = answerProject;
  /** The number of requests whose client closed the connection before the answer. */
  abandoned = 0;

  private constructor(
    private readonly server: Server,
    private readonly scheme: string,
  ) {}

  /** Uses TLS if a key and a certificate are given. */
  static async start(tls?: { key: Buffer; cert: Buffer }): Promise<Upstream> {
    const listener: RequestListener = (request, response) => {
      upstream.receive(request, response);
    };
    const server = tls ? createTlsServer(tls, listener) : createServer(listener);
    const upstream = new Upstream(server, tls ? 'https' : 'http');
    await listen(server);
    return upstream;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${portOf(this.server)}`;
  }

  /** The only request that has arrived. */
  get only(): Received {
    const [request] = this.received;
    if (request === undefined || this.received.length !== 1)
      throw new Error(`${this.received.length} requests arrived`);
    return request;
  }

  /** Restores the initial state. */
  reset(): void {
    this.received.length = 0;
    this.abandoned = 0;
    this.answer = answerProject;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('close', () => {
      if (!response.writableFinished) this.abandoned++;
    });
    request.on('end', () => {
      this.received.push({
        method: request.method,
        url: request.url,
        headers: request.headersDistinct,
        headerNames: request.rawHeaders.filter((_, index) => index % 2 === 0),
        body: Buffer.concat(chunks),
      });
      this.answer(response, request);
    });
  }
}

/** The body as a test has sent it: with the boundary of the tests, if this service has written a multipart form anew. */
export function bodyAsSent({ body, headers }: Received): Buffer {
  const [, fresh] = /^multipart\/form-data; boundary=([0-9a-f]{32})$/.exec(headers['content-type']?.join() ?? '') ?? [];
  if (fresh === undefined) return body;
  return Buffer.from(body.toString('latin1').replaceAll(`--${fresh}`, `--${boundary}`), 'latin1');
}

/** The answer of the original to `load_project`. */
export const project = '{"success":true,"project":null}';

function answerProject(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(project);
}

/** Forwards TCP connections to `target`, which may be set later. */
export class Detour {
  target = '';

  private constructor(private readonly server: TcpServer) {}

  static async start(): Promise<Detour> {
    const server = createTcpServer((socket) => {
      const { hostname, port } = new URL(detour.target);
      const onward = connect(Number(port), hostname);
      for (const [from, to] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        from.pipe(to);
        from.on('error', () => to.destroy());
      }
    });
    const detour = new Detour(server);
    await listen(server);
    return detour;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.server)}`;
  }

  stop(): Promise<unknown> {
    return new Promise((resolve) => this.server.close(resolve));
  }
}

/** A URL on which nothing listens. */
export async function deadUrl(): Promise<string> {
  const server = createTcpServer();
  await listen(server);
  const url = `http://127.0.0.1:${portOf(server)}`;
  await new Promise((resolve) => server.close(resolve));
  return url;
}

function listen(server: TcpServer): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: TcpServer): number {
  return (server.address() as AddressInfo).port;
}
