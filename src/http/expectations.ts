import type { Server } from 'node:http';

/**
 * Handles requests with an unknown `Expect` like others, as RFC 9110 section 10.1.1 allows. Node would answer them with
 * 417 itself: without a body, and before every hook.
 */
export function ignoreExpectations(server: Server): void {
  server.on('checkExpectation', (request, response) => {
    server.emit('request', request, response);
  });
}
