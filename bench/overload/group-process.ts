import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { GroupResult, Load } from './load.js';

/** A group of clients has a process of its own, so that it measures the server and not the others. */
export class Clients {
  readonly #child = fork(fileURLToPath(new URL('clients.ts', import.meta.url)));

  constructor(private readonly load: Load) {}

  async prepare(): Promise<void> {
    this.#child.send(this.load);
    await once(this.#child, 'message');
  }

  async run(): Promise<GroupResult> {
    this.#child.send('run');
    const [result] = (await once(this.#child, 'message')) as [GroupResult];
    this.#child.disconnect();
    return result;
  }
}
