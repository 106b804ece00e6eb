import type { HttpConfig } from '../config/config.js';
import { isLoopback, withoutBrackets } from '../common/net.js';

/** The settings that decide about origins. */
export type OriginConfig = Pick<HttpConfig, 'allowedOrigins' | 'allowLoopbackOrigins'>;

/** True if pages of this origin may call the server: it is listed, or a page of this machine on a development server. */
export function isAllowedOrigin(origin: string, { allowedOrigins, allowLoopbackOrigins }: OriginConfig): boolean {
  return allowedOrigins.includes(origin) || (allowLoopbackOrigins && isLoopbackOrigin(origin));
}

function isLoopbackOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname, origin: canonical } = new URL(origin);
  return canonical === origin && /^https?:$/.test(protocol) && isLoopback(withoutBrackets(hostname));
}
