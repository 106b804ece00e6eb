import { expectStatus } from '../rest/client.js';
import { firstAddress, type LegacyClient, type LegacyHistoryItem } from './client.js';

/** The versions of the plugin's pages that differ in how they show a chat. V2 is like V1, V4 like V3. */
export const pageVersions = ['V1', 'V3', 'V5', 'V6'] as const;
export type PageVersion = (typeof pageVersions)[number];

/** A message of `load_chat_history_only` or `load_project`; only Moodle's own rows have no id. */
type Item = Omit<LegacyHistoryItem, 'id'> & { id?: number };
interface Message extends Item {
  key: string;
}

/**
 * A page of the plugin after a reload, as far as it concerns the chat: which requests it sends, and what it draws when
 * their answers arrive, as measured on the real pages.
 */
export class PluginPage {
  /** The messages on the page, from top to bottom. */
  drawn: Item[] = [];
  readonly #pageSize: number;
  /** What the page believes it has drawn. */
  readonly #held = new Map<unknown, Item>();
  readonly #keys = new Set<string>();
  #loaded: Message[] = [];
  #state: 'new' | 'loading' | 'loaded' = 'new';
  #anonymous = 0;

  constructor(
    private readonly client: LegacyClient,
    private readonly version: PageVersion,
    private readonly path = firstAddress,
  ) {
    this.#pageSize = version === 'V1' ? 20 : 50;
  }

  /** The page asks for the history, and meanwhile for a test and then the project; either may be answered first. */
  async open(first: 'history' | 'project'): Promise<void> {
    this.#state = 'loading';
    const history = await this.history();
    expectStatus(await this.call('test', {}), 200);
    const { project } = expectStatus(await this.call('load_project', {}), 200) as unknown as {
      project: { chatHistory: Item[] } | null;
    };
    const chat = project?.chatHistory ?? [];
    if (first === 'project') this.onProject(chat);
    this.onHistory(history);
    if (first === 'history') this.onProject(chat);
  }

  /** Loads older messages until there are none. */
  async scrollToTheTop(): Promise<void> {
    for (let rounds = 0; rounds < 20; rounds++) {
      const [oldest] = this.#loaded;
      if (!oldest || this.#loaded.length < this.#pageSize) return;
      const older = this.sorted(await this.history(this.version === 'V1' ? oldest.timestamp : isoOf(oldest)));
      if (older.length === 0) return;
      this.#loaded = [...older, ...this.#loaded];
      for (const message of older) {
        if (this.#held.has(message.id) || this.#keys.has(message.key)) continue;
        this.#keys.add(message.key);
        this.#held.set(message.id, message);
        this.drawn.unshift(message);
      }
    }
  }

  /** V6 asks for its chat, and for all if that is empty. The first versions take the last of a list, the others the first. */
  private async history(before?: number | string): Promise<Item[]> {
    const load = async (session?: string) =>
      expectStatus(
        await this.call('load_chat_history_only', { limit: this.#pageSize, before, session_id: session }),
        200,
      ).chatHistory ?? [];
    let items: Item[] = await load(this.version === 'V6' ? 'chat-1' : undefined);
    if (this.version === 'V6' && before === undefined && items.length === 0) items = await load();
    return this.version === 'V1' ? items.slice(-this.#pageSize) : items.slice(0, this.#pageSize);
  }

  private onHistory(items: Item[]): void {
    this.#state = this.version === 'V1' && items.length > 0 ? 'new' : 'loaded';
    if (items.length === 0) return;
    this.#loaded = this.sorted(items);
    this.#held.clear();
    if (this.version === 'V6') this.#keys.clear();
    // V1 draws ten at first.
    const count = this.version === 'V1' ? 10 : this.#loaded.length;
    this.drawn = this.#loaded.slice(0, count).filter(({ key }) => !this.#keys.has(key));
    for (const message of this.#loaded.slice(0, count)) {
      this.#keys.add(message.key);
      this.#held.set(message.id, message);
    }
  }

  /** The page's own state now has this chat: what is beyond what it holds is drawn, and V1 draws all of it anew. */
  private onProject(items: Item[]): void {
    if (this.version !== 'V6' || this.#state !== 'loaded') {
      for (const item of items.slice(this.#held.size)) {
        if (this.#held.has(item.id)) continue;
        this.#held.set(item.id, item);
        this.draw(item);
      }
    }
    if (this.version !== 'V1' && this.#state !== 'new') return;
    this.#held.clear();
    this.drawn = [];
    for (const item of items) {
      const named = { ...item, id: item.id ?? --this.#anonymous };
      this.#held.set(named.id, named);
      this.draw(named);
    }
  }

  /** A message whose id is on the page is not drawn again. */
  private draw(item: Item): void {
    if (!this.drawn.some(({ id }) => id === item.id)) this.drawn.push(item);
  }

  private sorted(items: Item[]): Message[] {
    return items
      .map((item) => ({ ...item, key: `${item.role}|${isoOf(item)}|${item.content}` }))
      .sort(
        (a, b) =>
          Date.parse(isoOf(a)) - Date.parse(isoOf(b)) || (this.version === 'V6' ? (a.id ?? 0) - (b.id ?? 0) : 0),
      );
  }

  private call(action: string, fields: Record<string, unknown>) {
    const headers = { 'x-requested-with': 'XMLHttpRequest' };
    return this.client.call(action, fields, { path: this.path, headers });
  }
}

function isoOf({ timestamp }: Item): string {
  return new Date(timestamp < 1e10 ? timestamp * 1000 : timestamp).toISOString();
}
