import type { FastifyRequest } from 'fastify';
import { ipOrSubnet64 } from '../common/net.js';

/** Identifies the caller for limits: the owner, or the IP address while the owner is not known. */
export function callerKey({ owner, ip }: Pick<FastifyRequest, 'owner' | 'ip'>): string {
  return owner ? `${owner.activityId}/${owner.userId}` : ipOrSubnet64(ip);
}
