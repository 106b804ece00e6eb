import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { PurgeService } from './purge.service.js';

/** How often a server looks for what is due, in milliseconds. */
const intervalMs = 60_000;

/** Purges the trash while the server runs: every minute, and at once when something was deleted permanently. */
@Injectable()
export class PurgeLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Trash');
  readonly #stopping = new AbortController();
  #isWoken = false;
  #endPause: () => void = () => undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(private readonly purge: PurgeService) {}

  onApplicationBootstrap(): void {
    this.#ended = this.run();
  }

  /** Ends after the step that is running. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    this.#endPause();
    await this.#ended;
  }

  /** Purges what is due without waiting for the next minute. */
  wake(): void {
    this.#isWoken = true;
    this.#endPause();
  }

  /** Not in the context of the request that has woken it, whose deadline would end it. */
  private async run(): Promise<void> {
    for (;;) {
      await this.pause();
      if (this.#stopping.signal.aborted) return;
      try {
        await this.purge.run(this.#stopping.signal);
      } catch (error) {
        // What was claimed is free again after a minute.
        this.#logger.warn(`The trash could not be purged, and will be later: ${String(error)}`);
      }
    }
  }

  private pause(): Promise<void> {
    if (this.#isWoken || this.#stopping.signal.aborted) {
      this.#isWoken = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, intervalMs).unref();
      this.#endPause = () => {
        clearTimeout(timer);
        this.#isWoken = false;
        this.#endPause = () => undefined;
        resolve();
      };
    });
  }
}
