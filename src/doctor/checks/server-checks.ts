import { failure, ok, skipped, warning, type Finding } from '../../common/finding.js';
import { isLoopback, withoutBrackets } from '../../common/net.js';
import { version } from '../../common/version.js';
import type { HttpConfig } from '../../config/config.js';
import { get } from '../http-probe.js';
import { hostOf, type RunningServer } from '../running-server.js';

export function checkServer(server: RunningServer | undefined, { host, port }: HttpConfig): Finding[] {
  if (!server) {
    const place = port === 0 ? 'the port that the system chose (PORT=0)' : `http://${hostOf(host)}:${port}`;
    return [skipped(`no server answers at ${place}`)];
  }
  if (!server.isReady) {
    return [failure(`The server at ${server.url} is not ready: ${server.detail ?? ''} Its log has the reason.`)];
  }
  const findings: Finding[] = [];
  if (server.version !== version) {
    findings.push(
      warning(
        `The server at ${server.url} is version ${server.version ?? 'unknown'}, these files are ${version}: restart it.`,
      ),
    );
  }
  if (server.checks.some(({ name, ok: isOk }) => name === 'load' && !isOk)) {
    findings.push(
      warning('The server has just refused requests because too many waited: its log counts them by reason.'),
    );
  }
  return findings.length > 0 ? findings : [ok(`version ${version} is ready at ${server.url}`)];
}

/** Which pages may call the server. @param server the running one, which is asked whether it knows the settings */
export async function checkOrigins(
  { allowedOrigins, publicUrl, host, port }: HttpConfig,
  server: RunningServer | undefined,
  production: boolean,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const insecure = production ? allowedOrigins.filter(isInsecure) : [];
  if (insecure.length > 0) {
    findings.push(
      warning(
        `${insecure.join(', ')}: others can read and change what is sent over http. Use https:// in ` +
          `${publicUrl && insecure.includes(publicUrl.origin) ? 'PUBLIC_URL and ' : ''}ALLOWED_ORIGINS.`,
      ),
    );
  }
  if (server && port !== 0) {
    for (const origin of allowedOrigins) {
      if (await isRefused(`http://${hostOf(host)}:${port}`, origin)) {
        findings.push(failure(`The running server does not allow pages of ${origin}: restart it with these settings.`));
      }
    }
  }
  if (findings.length > 0) return findings;
  const others = production ? 'no pages of other sites' : 'pages of this machine';
  return [ok(allowedOrigins.length === 0 ? `${others} may call` : `${allowedOrigins.join(', ')} may call`)];
}

function isInsecure(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'http:' && !isLoopback(withoutBrackets(hostname));
}

async function isRefused(url: string, origin: string): Promise<boolean> {
  const answer = await get(`${url}/api/v1/sessions`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'GET' },
  });
  // A server that does not answer is another check's.
  return typeof answer !== 'string' && answer.headers.get('access-control-allow-origin') !== origin;
}
