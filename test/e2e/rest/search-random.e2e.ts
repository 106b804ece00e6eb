import fc from 'fast-check';
import { sqlOf } from '../../support/database/access.js';
import { TestServer } from '../../support/http/server.js';
import { expectStatus, type Client } from '../../support/rest/client.js';
import { saveAll, walkSearch } from '../../support/rest/data.js';
import { isFull } from '../../support/run/full.js';

/** A word as it is written, and as it is compared; `unspaced` words are found anywhere. */
interface Word {
  written: string;
  compared: string;
  unspaced: boolean;
}

const spaced = (written: string, compared: string): Word => ({ written, compared, unspaced: false });
const unspaced = (written: string, compared = written): Word => ({ written, compared, unspaced: true });
const words = [
  ...[spaced('River', 'river'), spaced('RIVÉR', 'river'), spaced('riverside', 'riverside'), spaced('sea', 'sea')],
  ...[spaced('Größe', 'grosse'), spaced('GROSSE', 'grosse'), spaced('gross', 'gross'), spaced('ﬁn', 'fin')],
  ...[
    spaced('елка', 'елка'),
    spaced('Ёлка', 'елка'),
    spaced('किताब', 'किताब'),
    spaced('한국어', '한국어'),
    spaced('7', '7'),
  ],
  ...[unspaced('編程'), unspaced('程式編程'), unspaced('ｶﾞｷ', 'ガキ'), unspaced('カキ'), unspaced('ครับ')],
];
const separators = [' ', ', ', '\n', ' — ', '/', '_', ' 😀 '];

const word = fc.constantFrom(...words);
const text = fc.array(fc.tuple(word, fc.constantFrom(...separators)), { minLength: 1, maxLength: 7 });
type Text = [Word, string][];
/** A word or its beginning; or some words in quotation marks. */
type Term = { prefix: string; phrase?: never; unspaced: boolean } | { phrase: Word[] };
const term: fc.Arbitrary<Term> = fc.oneof(
  fc.tuple(word, fc.integer({ min: 1, max: 9 })).map(([{ compared, unspaced: anywhere }, length]) => {
    return { prefix: compared.slice(0, length), unspaced: anywhere };
  }),
  fc.array(word, { minLength: 1, maxLength: 3 }).map((phrase) => ({ phrase })),
);
const query = fc.array(term, { minLength: 1, maxLength: 3 });

function written(parts: Text): string {
  return parts.map(([{ written: letters }, separator]) => `${letters}${separator}`).join('');
}

function sent(terms: Term[]): string {
  return terms
    .map((one) => (one.phrase ? `"${one.phrase.map(({ written: letters }) => letters).join(' ')}"` : one.prefix))
    .join(' ');
}

/** What a search means, on the words that a text was made of. */
function matches(parts: Text, one: Term): boolean {
  const all = parts.map(([{ compared }]) => compared);
  const { phrase } = one;
  if (!phrase) return all.some((found) => (one.unspaced ? found.includes(one.prefix) : found.startsWith(one.prefix)));
  return all.some((_, start) =>
    phrase.every(({ compared, unspaced: anywhere }, index) => {
      const found = all[start + index] ?? '';
      if (!anywhere) return found === compared;
      const [isFirst, isLast] = [index === 0, index === phrase.length - 1];
      if (isFirst && isLast) return found.includes(compared);
      if (isFirst) return found.endsWith(compared);
      return isLast ? found.startsWith(compared) : found === compared;
    }),
  );
}

describe('random searches', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(() => server.stop());

  /** Takes the folded contents of some messages away. */
  const unfold = (client: Client, share: number) =>
    sqlOf(server).execute('UPDATE writeassistdev_chat SET folded = NULL WHERE userid = ? AND id % ? = 0', [
      client.owner.userId,
      share,
    ]);

  it('find what a model in memory finds, newest first, in pages of any size', async () => {
    const program = fc.record({
      texts: fc.array(text, { minLength: 1, maxLength: 12 }),
      titles: fc.array(text, { maxLength: 4 }),
      queries: fc.array(fc.tuple(query, fc.integer({ min: 1, max: 6 })), { minLength: 6, maxLength: 10 }),
      share: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(program, async ({ texts, titles, queries, share }) => {
        const client = await server.client();
        const session = await client.newSession({ title: '…' });
        for (const title of titles) {
          expectStatus(
            await client.createSession({ title: written(title).replaceAll('\n', ' '), activate: false }),
            201,
          );
        }
        await saveAll(
          client,
          session,
          texts.map((parts) => ({ content: written(parts) })),
        );
        await unfold(client, share);
        for (const [terms, limit] of queries) {
          const hits = (await walkSearch(client, sent(terms), `&limit=${limit}`)).flat();
          const expected = [...texts, ...titles].map((parts) => terms.every((one) => matches(parts, one)));
          const ofMessages = hits.flatMap(({ sequence }) => sequence ?? []);
          const wanted = texts.flatMap((_, index) => (expected[index] ? index + 1 : []));
          expect([sent(terms), ofMessages]).toEqual([sent(terms), wanted.reverse()]);
          const found = hits.filter(({ messageId }) => messageId === null).map(({ sessionTitle }) => sessionTitle);
          const wantedTitles = titles.filter((_, index) => expected[texts.length + index]);
          expect(found.sort()).toEqual(wantedTitles.map((title) => written(title).replaceAll('\n', ' ')).sort());
          for (const { snippet } of hits) expect(snippet.matches.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: isFull ? 150 : 12 },
    );
  });
});
