import { EventEmitter } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InFlightMemoryLimiter } from './in-flight-memory-limiter.js';

const mebibyte = 1024 * 1024;

/** The parts of a request and its reply that the limiter reads. */
function exchange(caller: { userId: number } | { ip: string }) {
  const socket = Object.assign(new EventEmitter(), { destroyed: false });
  // Tests fill a share with one request.
  const response = new EventEmitter().setMaxListeners(0);
  const owner = 'userId' in caller ? { activityId: 1, ...caller } : undefined;
  return {
    socket,
    response,
    request: { ip: '192.0.2.1', ...caller, owner, raw: { socket } } as unknown as FastifyRequest,
    reply: { raw: response } as unknown as FastifyReply,
  };
}

describe('InFlightMemoryLimiter', () => {
  const limiter = new InFlightMemoryLimiter();
  afterEach(() => {
    expect(limiter.heldBytes).toBe(0);
  });

  /** Takes as much as the caller gets, in steps, until the response of its request has closed. */
  const fill = (caller: { userId: number } | { ip: string }, step = mebibyte) => {
    const { request, reply, response } = exchange(caller);
    let bytes = 0;
    while (limiter.reserve(request, reply, step)) bytes += step;
    return { bytes, end: () => response.emit('close') };
  };

  it('gives an owner a quarter of 256 MiB, and an address without an owner one of 128 MiB', () => {
    for (const [caller, mebibytes] of [
      [{ userId: 1 }, 64],
      [{ ip: '192.0.2.1' }, 32],
    ] as const) {
      const { bytes, end } = fill(caller);
      expect(bytes).toBe(mebibytes * mebibyte);
      end();
    }
  });

  it('takes nothing from owners for others, however many addresses they have', () => {
    const all = Array.from({ length: 6 }, (_, number) => fill({ ip: `192.0.2.${number}` }));
    expect(all.map(({ bytes }) => bytes / mebibyte)).toEqual([32, 32, 32, 32, 0, 0]);
    const owner = fill({ userId: 1 });
    expect(owner.bytes).toBe(64 * mebibyte);
    for (const { end } of [...all, owner]) end();
  });

  it('counts a body as it grows, at the caller that began it, until the request ends', () => {
    const { request, reply, response } = exchange({ ip: '192.0.2.1' });
    const memory = limiter.open(request, reply);
    expect(memory.hold(16 * 1024)).toBe(true);
    expect(limiter.heldBytes).toBe(0);
    expect(memory.hold(mebibyte)).toBe(true);
    expect(memory.hold(3 * mebibyte)).toBe(true);
    request.owner = { activityId: 1, userId: 1 };
    expect(memory.hold(33 * mebibyte)).toBe(false);
    expect(limiter.heldBytes).toBe(3 * mebibyte);
    response.emit('close');
  });

  it('counts nothing more for a body that was released', () => {
    const { request, reply, response, socket } = exchange({ ip: '192.0.2.1' });
    const memory = limiter.open(request, reply);
    memory.hold(mebibyte);
    memory.release();
    expect(limiter.heldBytes).toBe(0);
    expect(memory.hold(2 * mebibyte)).toBe(true);
    response.emit('close');
    socket.emit('close');
  });

  it('counts nothing for a connection that has closed', () => {
    const { request, reply, socket } = exchange({ ip: '192.0.2.1' });
    socket.destroyed = true;
    expect(limiter.reserve(request, reply, mebibyte)).toBe(true);
  });
});
