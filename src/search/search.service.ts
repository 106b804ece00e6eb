import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { inPieces } from '../common/in-pieces.js';
import type { Owner } from '../owners/owner.js';
import { HitsRepository, type ShownMessage } from './hits.repository.js';
import { MessageSearch } from './message-search.js';
import { needlesOf } from './search-query.js';
import {
  newestFirst,
  startOfList,
  type Match,
  type SearchHit,
  type SearchPage,
  type SearchPosition,
} from './search.js';
import { snippetOf } from './snippet.js';
import { TitleSearch } from './title-search.js';

/** How long a page is looked for, in milliseconds; then it ends where the search is. */
const maxSearchMs = 1000;
/** Contents of which a page makes snippets, in bytes; one at least. */
const maxPageContentBytes = 4 * 1024 * 1024;

/** Searches the titles and messages of an owner's sessions. */
@Injectable()
export class SearchService {
  constructor(
    private readonly messages: MessageSearch,
    private readonly titles: TitleSearch,
    private readonly hits: HitsRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * At most `limit` hits of a valid query, newest first, beginning after a position. A page may have fewer, even none,
   * and a next one, when the search takes long.
   */
  async search(owner: Owner, query: string, limit: number, after = startOfList): Promise<SearchPage> {
    const terms = needlesOf(query);
    const needles = terms.map((term) => Buffer.from(term));
    const deadline = this.clock.elapsed() + maxSearchMs;
    // One more than a page tells whether there is a next one.
    const messages = await this.messages.find(owner, needles, after, limit + 1, deadline);
    const titles = await this.titles.find(owner, needles, after, messages.end, limit + 1, deadline);
    // Both are complete as far as the one that ended first.
    const [end = messages.end] = [messages.end, titles.end].sort(newestFirst);
    const found = [...messages.matches, ...titles.matches].filter((match) => newestFirst(match, end) <= 0);
    const { page, next } = pageOf(found.sort(newestFirst), limit, end);
    return { items: await this.show(owner, page, terms), next };
  }

  /** Without messages that were deleted meanwhile. */
  private async show(owner: Owner, page: Match[], terms: string[]): Promise<SearchHit[]> {
    const shown = new Map<Match, SearchHit>();
    const byId = new Map<number, Match>();
    for (const match of page) {
      if (match.message) byId.set(match.message.id, match);
      else shown.set(match, await showTitle(match, terms));
    }
    const messages = page.flatMap(({ message }) => message ?? []);
    for await (const message of this.hits.read(owner, messages)) {
      const match = byId.get(message.id);
      if (match?.message) shown.set(match, await showMessage(match, message, terms));
    }
    return page.flatMap((match) => shown.get(match) ?? []);
  }
}

/** @param end where the search ended @returns where the next page begins; undefined after the last one */
function pageOf(
  found: Match[],
  limit: number,
  end: SearchPosition,
): { page: Match[]; next: SearchPosition | undefined } {
  let bytes = 0;
  const tooLarge = found.findIndex(({ message }) => (bytes += message?.bytes ?? 0) > maxPageContentBytes);
  const length = Math.min(limit, tooLarge === -1 ? limit : Math.max(1, tooLarge));
  const page = found.slice(0, length);
  if (page.length < found.length) return { page, next: page.at(-1) };
  return { page, next: end.time < 0 ? undefined : end };
}

async function showTitle({ time, session }: Match & { message?: never }, terms: string[]): Promise<SearchHit> {
  const { sessionId, title } = session;
  const snippet = await inPieces(snippetOf(title, terms));
  return { sessionId, sessionTitle: title, messageId: null, role: null, sequence: null, timestamp: time, snippet };
}

async function showMessage(
  { message }: Extract<Match, { message: object }>,
  { content, sessionTitle }: ShownMessage,
  terms: string[],
): Promise<SearchHit> {
  const { id, sessionId, role, sequence, timestamp } = message;
  const snippet = await inPieces(snippetOf(content, terms));
  return { sessionId, sessionTitle, messageId: id, role, sequence, timestamp, snippet };
}
