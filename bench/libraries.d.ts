// Libraries of bench/package.json, which are not installed where types are checked: what the benchmark uses of them.
declare module 'autocannon' {
  interface Request {
    method: string;
    path: string;
    headers: Record<string, string>;
    body?: string;
  }
  interface Client {
    setRequests(requests: Request[]): void;
  }
  interface Options {
    url: string;
    connections: number;
    /** Requests in all. */
    amount: number;
    timeout: number;
    sampleInt: number;
    setupClient: (client: Client) => void;
  }
  interface Result {
    '2xx': number;
    non2xx: number;
    errors: number;
    timeouts: number;
    /** In seconds. */
    duration: number;
    /** In ms. */
    latency: { p50: number; p99: number };
  }
  export default function autocannon(options: Options): Promise<Result>;
}

declare module '@nestjs/platform-express' {
  export class ExpressAdapter {
    private readonly express;
  }
}
