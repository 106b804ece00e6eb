import { failure, ok, skipped, warning, type Finding } from '../../common/finding.js';
import type { HttpConfig } from '../../config/config.js';
import { plainPathPrefix } from '../../config/urls.js';
import { toBlockList } from '../../http/public-path.js';
import { get, type HttpAnswer } from '../http-probe.js';

const path = '/api/v1/sessions';
/** The largest networks that are a proxy's rather than the world, in bits of the prefix. */
const leastBits = { ipv4: 8, ipv6: 32 };

/** Whether PUBLIC_URL leads to this server, under its `Host` and its path. */
export async function checkPublicUrl({ publicUrl }: HttpConfig): Promise<Finding[]> {
  if (!publicUrl) return [skipped('PUBLIC_URL is not set: the way through a proxy was not tried')];
  const prefix = plainPathPrefix(publicUrl.pathname) ?? '';
  const answer = await get(new URL(`${prefix}${path}`, publicUrl));
  if (typeof answer === 'string') {
    return [failure(`PUBLIC_URL: ${answer}. Check the name, the certificate and the proxy.`)];
  }
  const problem = publicUrlProblem(answer, prefix);
  return [problem === undefined ? ok(`${publicUrl.href} leads to this service`) : failure(`PUBLIC_URL ${problem}`)];
}

function publicUrlProblem({ status, headers, json }: HttpAnswer, prefix: string): string | undefined {
  if (status >= 300 && status < 400) {
    const target = headers.get('location') ?? '';
    return `redirects to ${origin(target)}: it must be the URL that answers itself.`;
  }
  const { code, instance } = json ?? {};
  if (typeof code !== 'string' || typeof instance !== 'string') {
    return status >= 500
      ? `is answered with ${status} by the proxy, which does not reach this server: check its target (proxy_pass).`
      : `is answered with ${status}, and not by this service: check the path that the proxy passes on (docs/proxy.md).`;
  }
  if (code === 'misdirected_request') {
    return 'is refused: the proxy sends another Host. Let it send that of the request (proxy_set_header Host $host).';
  }
  if (code === 'not_found') {
    return 'leads to this service, which does not know its path: restart the server with this PUBLIC_URL.';
  }
  if (instance !== `${prefix}${path}`) {
    return `leads to a service that takes its path for ${instance}: check the path that the proxy passes on.`;
  }
  return undefined;
}

/** Whether TRUSTED_PROXIES fits the other settings. */
export function checkTrustedProxies({ trustedProxies, publicUrl, isLoopback }: HttpConfig): Finding[] {
  if (trustedProxies.length === 0) {
    if (!publicUrl) return [ok('none is trusted (TRUSTED_PROXIES is empty)')];
    return [
      warning(
        'TRUSTED_PROXIES is empty, and PUBLIC_URL leads through a proxy: all callers count as one address, which shares ' +
          'one rate limit. Set it to the address of the proxy.',
      ),
    ];
  }
  const findings: Finding[] = [];
  const list = toBlockList(trustedProxies);
  if (isLoopback && !list.check('127.0.0.1', 'ipv4') && !list.check('::1', 'ipv6')) {
    findings.push(
      warning(
        'HOST is loopback, so only a proxy of this machine can connect, and TRUSTED_PROXIES does not have it: add 127.0.0.1.',
      ),
    );
  }
  const broad = trustedProxies.filter(isBroad);
  if (broad.length > 0) {
    findings.push(
      warning(
        `TRUSTED_PROXIES has ${broad.join(', ')}: every machine in it can choose the address that it is counted for. Name ` +
          'the proxies alone.',
      ),
    );
  }
  return findings.length > 0 ? findings : [ok(trustedProxies.join(', '))];
}

function isBroad(proxy: string): boolean {
  const [address = '', bits] = proxy.split('/');
  return bits !== undefined && Number(bits) < (address.includes(':') ? leastBits.ipv6 : leastBits.ipv4);
}

/** Without path and query, which may have secrets. */
function origin(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'another path';
}
