import { request, type RequestListener } from 'node:http';
import { blankPage, listen, type Site } from './browser.js';

/** The name by which a browser knows the site; `launchBrowser` leads it to this machine. */
export const siteName = 'moodle.example.org';

/**
 * A Moodle site with this service behind its own name: its pages, and on some paths the server, as the web server of
 * docs/moodle.md sends them there.
 */
export function serveSite(url: string): Promise<Site> {
  const { hostname, port } = new URL(url);
  const handler: RequestListener = (call, answer) => {
    if (!/^\/(mod|api|client)\//.test(call.url ?? '')) {
      answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(blankPage);
      return;
    }
    const onward = request(
      { hostname, port, method: call.method, path: call.url, headers: call.headers },
      (answered) => {
        answer.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    call.pipe(onward);
  };
  return listen(siteName, handler);
}
