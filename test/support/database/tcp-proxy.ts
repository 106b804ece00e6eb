import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of a database server, which can cut its connections. */
export class TcpProxy {
  readonly #clients = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** The URL of the database through the proxy. */
    readonly url: string,
  ) {}

  /** @param onClientData called with what a client sends, after it was passed on */
  static async start(url: string, onClientData: (data: Buffer, proxy: TcpProxy) => void = () => undefined) {
    const { hostname, port } = new URL(url);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const behind = new URL(url);
    behind.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new TcpProxy(server, behind.href);
    server.on('connection', (client) => {
      const upstream = connect(Number(port), hostname);
      proxy.#clients.add(client);
      for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
      // The server executes what it was sent before it sees the end.
      client.on('close', () => {
        proxy.#clients.delete(client);
        upstream.end();
      });
      upstream.on('close', () => client.destroy());
      client.on('data', (data) => {
        upstream.write(data, () => {
          onClientData(data, proxy);
        });
      });
      upstream.pipe(client);
    });
    return proxy;
  }

  get address(): string {
    return new URL(this.url).host;
  }

  /** Ends the connections of all clients, whose last answers are lost. */
  cut(): void {
    for (const client of this.#clients) client.resetAndDestroy();
  }

  /** Ends all connections, and accepts no more. */
  stop(): void {
    this.server.close();
    this.cut();
  }
}
