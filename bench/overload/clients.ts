// The process of a group of clients: prepares what it gets as a message, says so, begins when told to, and answers with
// the result.
import { Agent, request as send } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { signToken } from '../../test/faults/clients/token.js';
import type { Group, GroupResult, Load } from './load.js';

const content = 'A sentence of a student about rivers, of the usual length. '.repeat(3);

process.once('message', (load: Load) => {
  void prepare(load).then((senders) => {
    process.once('message', () => {
      const end = performance.now() + load.seconds * 1000;
      void runGroup(load, senders, end).then((result) => process.send?.(result));
    });
    process.send?.('prepared');
  });
});

interface Answer {
  status: number;
  body: string;
}

/** One connection that is kept alive. */
class Connection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly url: string,
    private readonly token: string | undefined,
  ) {}

  post(path: string, body: object): Promise<Answer> {
    const text = JSON.stringify(body);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
    };
    return new Promise((resolve, reject) => {
      const sent = send(`${this.url}${path}`, { method: 'POST', agent: this.#agent, headers }, (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, body: received });
        });
        response.once('error', reject);
      });
      sent.once('error', reject).end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function prepare({ url, firstOwner, group }: Load): Promise<Sender[]> {
  const senders = [];
  for (let index = 0; index < group.owners; index++) senders.push(await prepareOwner(url, firstOwner + index, group));
  return senders;
}

interface Sender {
  token: string | undefined;
  session: string;
}

async function prepareOwner(url: string, owner: number, { credential }: Group): Promise<Sender> {
  const token = signToken(owner);
  if (credential !== undefined) {
    return { token: credential === 'none' ? undefined : `${token.slice(0, -4)}AAAA`, session: 'none' };
  }
  const connection = new Connection(url, token);
  const { body } = await connection.post('/api/v1/sessions', {});
  connection.close();
  return { token, session: (JSON.parse(body) as { id: string }).id };
}

async function runGroup({ url, group }: Load, senders: Sender[], end: number): Promise<GroupResult> {
  const result: GroupResult = { name: group.name, accepted: 0, refused: {}, broken: 0, p50: 0, p99: 0 };
  const times: number[] = [];
  const runConnection = async (sender: Sender | undefined) => {
    const connection = new Connection(url, sender?.token);
    // Not all at the same moment.
    await sleep(Math.random() * Math.max(100, group.pauseMs));
    while (performance.now() < end) {
      const start = performance.now();
      try {
        const { status } = await connection.post(`/api/v1/sessions/${sender?.session}/messages`, {
          role: 'user',
          content,
        });
        // Later ones would make the rate of many connections too good.
        if (performance.now() > end) break;
        if (status === 201) times.push(performance.now() - start);
        else result.refused[status] = (result.refused[status] ?? 0) + 1;
      } catch {
        result.broken++;
      }
      if (group.pauseMs > 0) await sleep(group.pauseMs);
    }
    connection.close();
  };
  await Promise.all(
    Array.from({ length: group.connections }, (_, index) => runConnection(senders[index % senders.length])),
  );
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
  return { ...result, accepted: times.length, p50: at(0.5), p99: at(0.99) };
}
