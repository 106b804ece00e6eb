import type { FastifyInstance } from 'fastify';
import type { TestServer } from '../http/server.js';

/** Every route of the router itself, as `GET /api/v1/sessions/:sessionId`. */
export function routesOf(server: TestServer): string[] {
  const fastify: FastifyInstance = server.app.getHttpAdapter().getInstance();
  const routes: string[] = [];
  const above: string[] = [];
  // A tree, four characters a level; paths of children begin with the path of the parent.
  for (const line of fastify.printRoutes({ commonPrefix: false, includeHooks: false }).trimEnd().split('\n')) {
    const { lead = '', rest = '', methods } = lineOfTree.exec(line)?.groups ?? {};
    const depth = lead.length / 4 - 1;
    const url = (above[depth - 1] ?? '') + rest;
    above[depth] = url;
    // The route of preflights is not a path of its own.
    if (url === '*') continue;
    routes.push(...(methods?.split(', ') ?? []).map((method) => `${method} ${url}`));
  }
  const unknown = routes.filter((route) => !hasRoute(fastify, route));
  if (routes.length === 0 || unknown.length > 0) throw new Error(`not the routes of the router: ${String(unknown)}`);
  return routes.sort();
}

const lineOfTree = /^(?<lead>[│├└─ ]*)(?<rest>\S+)(?: \((?<methods>[^)]*)\))?$/;

function hasRoute(fastify: FastifyInstance, route: string): boolean {
  const [method = '', url = ''] = route.split(' ');
  return fastify.hasRoute({ method, url });
}
