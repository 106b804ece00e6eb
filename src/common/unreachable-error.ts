/** Another server does not answer as it should. Names it for the log. */
export class UnreachableError extends Error {
  /**
   * @param variable the environment variable that names the server
   * @param address its host and port
   */
  constructor(
    readonly variable: string,
    readonly address: string,
    cause: unknown,
  ) {
    super(`${variable} (${address}) cannot be reached or does not answer as it should`, { cause });
  }
}

/** Host and port of a URL, also when the port is the default one. */
export function addressOf(url: string | URL): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`;
}
