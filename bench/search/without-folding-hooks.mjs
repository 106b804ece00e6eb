const signature = 'export function foldIfShort(text) {';

export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.endsWith('/common/fold.js')) return loaded;
  const source = String(loaded.source);
  if (!source.includes(signature)) throw new Error(`${url} has no ${signature}`);
  return { ...loaded, source: source.replace(signature, `${signature} return null;`) };
}
