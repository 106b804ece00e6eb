import type { FastifyReply } from 'fastify';
import { publicPath } from './public-path.js';

/**
 * Sets status 201 and `Location` for a created resource, and status 200 for one that existed already.
 * @param path the path of the resource's route
 */
export function setCreatedStatus(reply: FastifyReply, created: boolean, path: string): void {
  reply.status(created ? 201 : 200);
  if (created) reply.header('location', publicPath(reply.request, path));
}
