import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of the database, on which faults of the network can be switched on. */
export class FaultProxy {
  readonly #connections = new Set<{ client: Socket; upstream: Socket }>();
  #delayMs = 0;
  #isBlackHole = false;
  /** Passed on to the server before everything is reset; Infinity for never. */
  #bytesLeft = Infinity;
  /** Called when a connection that commits was cut. */
  #onCommitCut: (() => void) | undefined;

  private constructor(
    private readonly server: Server,
    /** The URL of the database through the proxy. */
    readonly url: string,
  ) {}

  static async start(url: string): Promise<FaultProxy> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const behind = new URL(url);
    behind.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new FaultProxy(server, behind.href);
    server.on('connection', (client) => {
      proxy.join(client, connect(Number(port), hostname));
    });
    return proxy;
  }

  /** Resets all connections. */
  reset(): void {
    for (const { client, upstream } of this.#connections) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  /** Passes everything on this much later; 0 for at once. */
  delay(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  /** Passes nothing on and closes nothing until it is switched off; then what was sent meanwhile arrives. */
  blackHole(isOn: boolean): void {
    this.#isBlackHole = isOn;
    for (const { client, upstream } of this.#connections) {
      for (const socket of [client, upstream])
        if (isOn) socket.pause();
        else socket.resume();
    }
  }

  /** Resets all connections after the servers have sent this many more bytes, in the middle of a packet. */
  cutAfter(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  /** Resets the next connection that commits, after the COMMIT was passed on and before its answer. Resolves then. */
  cutAtNextCommit(): Promise<void> {
    return new Promise((resolve) => {
      this.#onCommitCut = resolve;
    });
  }

  stop(): void {
    this.server.close();
    this.reset();
  }

  private join(client: Socket, upstream: Socket): void {
    const connection = { client, upstream };
    this.#connections.add(connection);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      if (this.#isBlackHole) socket.pause();
    }
    client.on('close', () => {
      this.#connections.delete(connection);
      // The server executes what it was sent before it sees the end.
      upstream.end();
    });
    upstream.on('close', () => client.destroy());
    client.on('data', (data) => {
      this.later(() => {
        this.toServer(connection, data);
      });
    });
    upstream.on('data', (data) => {
      this.later(() => client.write(data));
    });
  }

  private toServer({ client, upstream }: { client: Socket; upstream: Socket }, data: Buffer): void {
    if (data.length > this.#bytesLeft) {
      upstream.write(data.subarray(0, this.#bytesLeft), () => {
        this.reset();
      });
      this.#bytesLeft = Infinity;
      return;
    }
    this.#bytesLeft -= data.length;
    const onCut = data.includes('COMMIT') ? this.#onCommitCut : undefined;
    if (onCut) this.#onCommitCut = undefined;
    upstream.write(data, () => {
      if (!onCut) return;
      client.resetAndDestroy();
      onCut();
    });
  }

  private later(pass: () => void): void {
    if (this.#delayMs === 0) pass();
    else setTimeout(pass, this.#delayMs);
  }
}
