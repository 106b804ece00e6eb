import { Client, expectStatus } from '../../support/rest/client.js';
import { TestServer } from '../../support/http/server.js';

const script = '/docs/swagger-ui-init.js';
const tokenForm = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

describe('the docs page', () => {
  let server: TestServer;
  let page: { response: Response; html: string };

  beforeAll(async () => {
    server = await TestServer.start();
    const response = await fetch(`${server.url}/docs`);
    page = { response, html: await response.text() };
  });
  afterAll(() => server.stop());

  it('is HTML that is not cached', () => {
    expect(page.response.status).toBe(200);
    expect(page.response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.response.headers.get('cache-control')).toBe('no-store');
    expect(page.html).toContain('<title>Chat store</title>');
  });

  it('allows neither inline scripts nor scripts of other origins', () => {
    const policy = policyOf(page.response);
    expect(policy['default-src']).toBe("'none'");
    expect(policy['script-src']).toBe("'self'");
    expect(policy['connect-src']).toBe("'self'");
    expect(policy['frame-ancestors']).toBe("'none'");
    expect(Object.values(policy).join(' ')).not.toMatch(/unsafe-(inline|eval)|https?:|\*/);
  });

  it('has no inline script, and every file that it names exists on this server', async () => {
    const scripts = [...page.html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)];
    expect(scripts.length).toBeGreaterThanOrEqual(3);
    for (const [, attributes = '', inside = ''] of scripts) {
      expect(attributes).toMatch(/\bsrc="/);
      expect(inside.trim()).toBe('');
    }
    expect(page.html).not.toMatch(/\son\w+="/);
    const files = [...page.html.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) {
      const address = new URL(file, `${server.url}/docs`);
      expect(address.origin).toBe(new URL(server.url).origin);
      const response = await fetch(address);
      await response.arrayBuffer();
      expect([file, response.status, response.headers.get('cache-control')]).toEqual([file, 200, 'no-store']);
    }
  });

  it('gets a working token that is not cached while no secret is configured', async () => {
    const response = await fetch(`${server.url}${script}`);
    const token = tokenForm.exec(await response.text())?.[0] ?? '';
    expect(response.headers.get('cache-control')).toBe('no-store');
    expectStatus(await new Client(server.url, token, { userId: 1, activityId: 1 }).createSession(), 201);
    expect(page.html).not.toMatch(tokenForm);
  });

  it.each([
    ['a secret', { JWT_SECRET: 'of-the-tests-of-the-docs-page-alone' }],
    [
      'a secret, and a HOST that other machines reach',
      { HOST: '0.0.0.0', JWT_SECRET: 'of-the-tests-of-the-docs-page-alone' },
    ],
  ])('has no token if there is %s', async (_, environment) => {
    const configured = await TestServer.start(environment);
    try {
      for (const path of ['/docs', script, '/openapi.json']) {
        const response = await fetch(`${configured.url}${path}`);
        expect(response.status).toBe(200);
        expect(await response.text()).not.toMatch(tokenForm);
      }
    } finally {
      await configured.stop();
    }
  });

  it('is the only page that may load resources', async () => {
    for (const path of ['/livez', '/openapi.json', '/nowhere', '/api/v1/sessions']) {
      const response = await fetch(`${server.url}${path}`);
      await response.arrayBuffer();
      expect([path, policyOf(response)['default-src']]).toEqual([path, "'none'"]);
    }
  });
});

function policyOf(response: Response): Record<string, string> {
  const header = response.headers.get('content-security-policy') ?? '';
  const parts = header.split(';').map((part) => part.trim().split(/\s+/));
  return Object.fromEntries(parts.map(([name = '', ...values]) => [name, values.join(' ')]));
}
