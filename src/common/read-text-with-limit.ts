/**
 * Reads the body of a response as UTF-8 text of at most `maxBytes`, so that no remote server can exhaust the memory.
 * @throws Error if the body is longer
 */
export async function readTextWithLimit(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Throwing out of the loop cancels the rest of the download.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maxBytes) throw new Error(`the response is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
