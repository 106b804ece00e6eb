import type { FastifyReply } from 'fastify';

/** 201 and the address of what was made; 200 when it was there already. */
export function setCreatedStatus(reply: FastifyReply, created: boolean, location: string): void {
  reply.status(created ? 201 : 200);
  if (created) reply.header('location', location);
}
