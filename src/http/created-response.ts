import type { FastifyReply } from 'fastify';

/** Sets status 201 and `Location` for a created resource, and status 200 for one that existed already. */
export function setCreatedStatus(reply: FastifyReply, created: boolean, location: string): void {
  reply.status(created ? 201 : 200);
  if (created) reply.header('location', location);
}
