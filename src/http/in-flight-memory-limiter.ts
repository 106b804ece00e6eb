import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerKey } from './caller-key.js';
import { MemoryReservation } from './memory-reservation.js';
import { MemoryShare } from './memory-share.js';
import { onRequestEnd } from './request-end.js';

const mebibyte = 1024 * 1024;
/** Smaller bodies are not counted: the rate limits bound their number, and nearly all requests are that small. In bytes. */
export const uncountedBytes = 16 * 1024;

/**
 * Limits the memory that bodies of requests or responses in flight hold, in total and per client. A client is an owner,
 * or an IP address while the owner is not known. Memory is held until the response is sent or the socket closes,
 * because a client may send many requests at once without reading the responses.
 */
export class InFlightMemoryLimiter {
  readonly #owners = new MemoryShare(256 * mebibyte);
  /** Apart from the other, so that callers without a verified credential take nothing from owners. */
  readonly #anonymous = new MemoryShare(128 * mebibyte);

  /** What all requests hold at the moment. */
  get heldBytes(): number {
    return this.#owners.heldBytes + this.#anonymous.heldBytes;
  }

  /** Memory for a body whose length is not known yet. Who holds it is decided when the first byte is counted. */
  open(request: FastifyRequest, reply: FastifyReply): MemoryReservation {
    return new MemoryReservation(uncountedBytes, (reservation) => {
      onRequestEnd(request.raw.socket, reply, () => {
        reservation.release();
      });
      return { share: request.owner ? this.#owners : this.#anonymous, client: callerKey(request) };
    });
  }

  /**
   * Reserves memory until the request ends.
   * @returns false if a limit would be exceeded; nothing is reserved then
   */
  reserve(request: FastifyRequest, reply: FastifyReply, bytes: number): boolean {
    return bytes <= uncountedBytes || this.open(request, reply).hold(bytes);
  }
}
