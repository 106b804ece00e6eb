import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.js';

/** Of all bodies that are being read or worked on, in bytes, and of those of one address. */
const mostBytes = 256 * 1024 * 1024;
const mostOfOneAddress = mostBytes / 4;
/** Bodies up to here are not counted: nearly all are, and connections are fewer than would matter. */
const smallBytes = 64 * 1024;

/**
 * Bounds what bodies may take of the memory. Each counts with the length that it says, or with the longest that may
 * come where it does not say, from before it is read until it is answered.
 */
export class BodyMemory {
  readonly #ofAddress = new Map<string, number>();
  #bytes = 0;

  /** @throws HttpProblem when too much is being read already */
  reserve(request: FastifyRequest, reply: FastifyReply): void {
    const bytes = lengthOf(request);
    if (bytes <= smallBytes) return;
    const { ip } = request;
    const ofAddress = this.#ofAddress.get(ip) ?? 0;
    if (this.#bytes + bytes > mostBytes || ofAddress + bytes > mostOfOneAddress) {
      throw new HttpProblem(503, 'server_busy', 'Too many large bodies are being read; try again.');
    }
    this.#bytes += bytes;
    this.#ofAddress.set(ip, ofAddress + bytes);
    // Also when the caller goes away.
    reply.raw.once('close', () => {
      this.release(ip, bytes);
    });
  }

  private release(ip: string, bytes: number): void {
    this.#bytes -= bytes;
    const left = (this.#ofAddress.get(ip) ?? 0) - bytes;
    if (left > 0) this.#ofAddress.set(ip, left);
    else this.#ofAddress.delete(ip);
  }
}

/** A body that is longer than its route allows is refused before it is read, and counts nothing. */
function lengthOf({ headers, routeOptions }: FastifyRequest): number {
  const limit = routeOptions.bodyLimit;
  if (headers['transfer-encoding'] !== undefined) return limit;
  const declared = Number(headers['content-length'] ?? 0);
  return declared > limit ? 0 : declared;
}
