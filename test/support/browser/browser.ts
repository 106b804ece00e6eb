import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { chromiumPath } from '../run/installed.mjs';

/** Another site than the server's; its pages are not a secure context. */
const foreignSite = 'moodle.example.org';
/** The site of a reverse proxy in front of the server. */
export const proxySite = 'site.example';

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a browser that resolves these sites to this machine. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('Chromium is not installed');
  return chromium.launch({
    executablePath,
    args: [...quiet, `--host-resolver-rules=MAP ${foreignSite} 127.0.0.1, MAP ${proxySite} 127.0.0.1`],
  });
}

/** A browser with a page of the foreign site. */
export class ForeignPage {
  private constructor(
    private readonly browser: Browser,
    private readonly pages: Site,
    readonly page: Page,
  ) {}

  static async open(): Promise<ForeignPage> {
    const [browser, pages] = await Promise.all([launchBrowser(), servePages()]);
    const page = await (await browser.newContext()).newPage();
    await page.goto(pages.origin);
    return new ForeignPage(browser, pages, page);
  }

  /** The origin of the page. */
  get origin(): string {
    return this.pages.origin;
  }

  /** Opens another tab with a page of the same site. */
  async newTab(): Promise<Page> {
    const tab = await this.page.context().newPage();
    await tab.goto(this.origin);
    return tab;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.pages.stop();
  }
}

/** A server that accepts connections at `origin`. */
export interface Site {
  origin: string;
  stop(): Promise<void>;
}

/** Serves blank pages on an origin of their own. */
export function servePages(): Promise<Site> {
  return listen(foreignSite, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(blankPage);
  });
}

export const blankPage = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A page</title></html>';

/** Starts a server on a free local port. `name` must resolve to this machine. */
export async function listen(name: string, handler: RequestListener): Promise<Site> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://${name}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
