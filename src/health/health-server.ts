import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger, NotFoundException } from '@nestjs/common';
import { metricsPath, type Metrics } from '../metrics/metrics.js';
import { internalError, problemType, toProblem, toProblemDto } from '../http/problem.js';
import { isVerbose } from '../http/direct-caller.js';
import type { HealthService } from './health.service.js';

/** Probes are small and sent at once; in ms. */
const requestTimeoutMs = 5000;

/**
 * Answers `/livez` and `/readyz` on a port of its own (HEALTH_PORT) until the process ends. No limit of the main port
 * applies, so that a probe succeeds while callers are refused.
 */
export class HealthServer {
  readonly #logger = new Logger('Health');
  readonly #server = createServer(
    { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs, connectionsCheckingInterval: 1000 },
    (request, response) => void this.respond(request, response),
  );

  /**
   * @param mainServer the server that must listen before this one is ready
   * @param metrics served here too, without a token
   */
  constructor(
    private readonly health: HealthService,
    private readonly mainServer: Server,
    private readonly metrics?: Metrics,
  ) {}

  /**
   * @param port 0 lets the system choose one
   * @returns the URL
   * @throws the error of Node when the port cannot be opened
   */
  async listen(host: string, port: number): Promise<string> {
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    // The process ends without it.
    this.#server.unref();
    const { address, family, port: opened } = this.#server.address() as AddressInfo;
    const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${opened}`;
    this.#logger.log(`Health checks at ${url}`);
    return url;
  }

  private async respond({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const path = url.split('?', 1)[0] ?? '';
    const { status, type, headers, body } = await this.check(path, url).then(
      (result) => ({ status: 200, headers: {}, ...result }),
      (error: unknown) => {
        const problem = toProblem(error) ?? internalError;
        const { status: code, headers: more } = problem;
        const body = JSON.stringify(toProblemDto(problem, path, requestId));
        return { status: code, type: problemType, headers: more, body };
      },
    );
    response.writeHead(status, {
      ...headers,
      ...{ 'content-type': type, 'cache-control': 'no-store', 'x-request-id': requestId, connection: 'close' },
    });
    response.end(body);
  }

  /** @throws NotReadyError, and NotFoundException for other paths */
  private async check(path: string, url: string): Promise<{ type: string; body: string }> {
    if (path === metricsPath && this.metrics) {
      return { type: this.metrics.contentType, body: await this.metrics.read() };
    }
    if (path === '/livez') return json({ status: 'ok' });
    if (path !== '/readyz') throw new NotFoundException();
    return json(await this.health.readiness(isVerbose(url), !this.mainServer.listening));
  }
}

function json(body: object): { type: string; body: string } {
  return { type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}
