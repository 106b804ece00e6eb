import type { DependencyCheck } from '../common/readiness.js';
import type { HttpConfig } from '../config/config.js';
import { get } from './http-probe.js';

/** What a server on the configured port says about itself. */
export interface RunningServer {
  url: string;
  isReady: boolean;
  /** Why it is not ready. */
  detail: string | undefined;
  version: string | undefined;
  checks: DependencyCheck[];
}

/** Asks `/readyz` on HEALTH_PORT, otherwise on PORT. @returns undefined when nothing like this server answers */
export async function askRunningServer(http: HttpConfig): Promise<RunningServer | undefined> {
  for (const port of [http.healthPort, http.port]) {
    // 0: the system has chosen it.
    if (port === undefined || port === 0) continue;
    const url = `http://${hostOf(http.host)}:${port}`;
    const answer = await get(`${url}/readyz?verbose`);
    if (typeof answer === 'string' || answer.json === undefined) continue;
    const { status, code, detail, version, checks = [] } = answer.json;
    const isReady = answer.status === 200 && status === 'ok';
    if (!isReady && code !== 'not_ready') continue;
    return {
      ...{ url, isReady, checks: checks as DependencyCheck[] },
      detail: typeof detail === 'string' ? detail : undefined,
      version: typeof version === 'string' ? version : undefined,
    };
  }
  return undefined;
}

/** The address of this machine on which a server with this HOST can be reached. */
export function hostOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
