import type { Pieces } from '../../common/in-pieces.js';
import { scanJson, type JsonVisitor } from './json-scanner.js';

/** Where the value of `project.chatHistory` stands in the text of a response, in bytes. */
export interface HistoryPlace {
  start: number;
  /** Equal to `start` when the project has no `chatHistory`. */
  end: number;
  /** What must precede the value: nothing, or the name of a missing `chatHistory`. */
  prefix: string;
}

/** Why a response has no such place: it reports a failure, or it is not as expected. */
export type NoHistoryPlace =
  'failure' | 'not JSON' | 'without a project' | 'of a page that keeps its chat in the project' | 'of another form';

/** A property of the response or of its project: the offsets of its value. */
interface Property {
  name: string | undefined;
  start: number;
  end: number;
  kind: 'object' | 'array' | 'other';
  value?: string;
}

const names = ['success', 'project', 'chatHistory'] as const;
/** Longer than any of the names and words that matter, also when each character is escaped. */
const maxWordBytes = 80;
/** An entry is parsed at once. */
const maxEntryBytes = 1024 * 1024;

/**
 * Finds the value of `project.chatHistory` in the JSON text `{ "success": true, "project": { ... } }`. Replacing only
 * that leaves all else as it is: `JSON.parse` and `JSON.stringify` would change large numbers, fractions, escapes and
 * the order of names that are integers.
 */
export function* findChatHistory(json: Buffer): Pieces<HistoryPlace | NoHistoryPlace> {
  const finder = new HistoryFinder(json);
  if (!(yield* scanJson(json, finder)) || !finder.isObject) return 'not JSON';
  const [success, project, history] = names.map((name) => finder.known.filter((one) => one.name === name)) as [
    Property[],
    Property[],
    Property[],
  ];
  // Readers may differ in which of two equal names they take.
  if ([success, project, history].some(({ length }) => length > 1)) return 'of another form';
  if (success[0]?.value !== 'true') return success[0]?.value === 'false' ? 'failure' : 'of another form';
  if (project[0]?.kind !== 'object') return project[0]?.value === 'null' ? 'without a project' : 'of another form';
  const [chat] = history;
  if (chat) {
    if (chat.kind === 'other' && chat.value !== 'null') return 'of another form';
    if (finder.hasOtherEntries) return 'of a page that keeps its chat in the project';
    return { start: chat.start, end: chat.end, prefix: '' };
  }
  const { last } = finder;
  const at = last?.end ?? project[0].start + 1;
  return { start: at, end: at, prefix: `${last ? ',' : ''}"chatHistory":` };
}

/** Collects the properties of these names, and the last property of the project. */
class HistoryFinder implements JsonVisitor {
  readonly known: Property[] = [];
  isObject = false;
  /** Whether `chatHistory` has entries that are no rows of the plugin's table. */
  hasOtherEntries = false;
  #depth = 0;
  #outer: Property | undefined;
  #inner: Property | undefined;
  /** The start of the entry of `chatHistory` that is being read. */
  #entryStart = 0;

  constructor(private readonly json: Buffer) {}

  /** The last property of the last project. */
  get last(): Property | undefined {
    return this.#inner;
  }

  name(start: number, end: number): void {
    if (this.#depth > 1 && !this.isInProject) return;
    const name =
      end - start > maxWordBytes ? undefined : (JSON.parse(this.json.toString('utf8', start, end)) as string);
    const property: Property = { name, start: 0, end: 0, kind: 'other' };
    if (this.#depth === 1) this.#outer = property;
    else this.#inner = property;
    const isKnown = this.#depth === 1 ? name === 'success' || name === 'project' : name === 'chatHistory';
    if (isKnown) this.known.push(property);
  }

  begin(kind: 'object' | 'array', start: number): void {
    if (this.#depth === 0) this.isObject = kind === 'object';
    const property = this.current;
    if (property) Object.assign(property, { start, kind });
    if (this.isInHistory) this.#entryStart = start;
    this.#depth++;
  }

  end(end: number): void {
    this.#depth--;
    const property = this.current;
    if (property) property.end = end;
    if (this.isInHistory) this.checkEntry(this.#entryStart, end);
  }

  literal(start: number, end: number): void {
    const property = this.current;
    if (property) {
      const value = end - start > maxWordBytes ? undefined : this.json.toString('latin1', start, end);
      Object.assign(property, { start, end, value });
    }
    if (this.isInHistory) this.hasOtherEntries = true;
  }

  private get isInProject(): boolean {
    return this.#depth === 2 && this.#outer?.name === 'project' && this.#outer.kind === 'object';
  }

  /** Whether what comes next is an entry of `chatHistory`. */
  private get isInHistory(): boolean {
    const isInProject = this.#outer?.name === 'project' && this.#outer.kind === 'object';
    return this.#depth === 3 && isInProject && this.#inner?.name === 'chatHistory' && this.#inner.kind !== 'other';
  }

  /** The property of the outer object or of the project whose value stands at this depth. */
  private get current(): Property | undefined {
    return this.#depth === 1 ? this.#outer : this.isInProject ? this.#inner : undefined;
  }

  private checkEntry(start: number, end: number): void {
    this.hasOtherEntries ||=
      end - start > maxEntryBytes || !isTableRow(JSON.parse(this.json.toString('utf8', start, end)));
  }
}

/**
 * Whether an entry is a row of the plugin's table. The pages before that table save their chat with the project, and
 * would save what they get here: its entries have ISO 8601 times, or none.
 */
function isTableRow(entry: unknown): boolean {
  const { timestamp } = entry as { timestamp?: unknown };
  return (
    typeof timestamp === 'number' || (typeof timestamp === 'string' && /^(-?\d+$|\d{4}-\d\d-\d\d )/.test(timestamp))
  );
}
