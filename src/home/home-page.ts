import { createHash } from 'node:crypto';
import type { Home } from './home-info.js';

const labels: Record<keyof Home['links'], string> = {
  docs: 'Try it in the browser (Swagger UI)',
  openapi: 'OpenAPI document',
  ready: 'Is it ready?',
  live: 'Is it alive?',
  documentation: 'Documentation',
};

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1b1f24;background:#fff}' +
  'pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f3f4f6;padding:1rem;border-radius:6px}' +
  '@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#16181c}pre{background:#24272d}a{color:#8ab4f8}}';

/** Allows the style of the page and an empty icon, nothing else. */
export const pageSecurityPolicy =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; img-src data:; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** @param firstCall a command to paste, if the server hands out sample tokens */
export function renderHomePage({ name, version, links }: Home, firstCall: string | undefined): string {
  const items = Object.entries(links).map(
    ([link, path]) => `<li><a href="${escapeHtml(path)}">${labels[link as keyof Home['links']]}</a></li>`,
  );
  const call = firstCall === undefined ? '' : `<p>Create a session:</p>\n<pre>${escapeHtml(firstCall)}</pre>\n`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>${escapeHtml(name)}</title>
<style>${style}</style>
<h1>${escapeHtml(name)}</h1>
<p>Version ${escapeHtml(version)}</p>
<ul>
${items.join('\n')}
</ul>
${call}</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
