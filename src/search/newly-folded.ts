import type { FoldedContent } from './matches.repository.js';

/** What one search stores of the contents that it has folded. */
const maxRows = 500;
const maxBytes = 4 * 1024 * 1024;
const rowsPerTransaction = 50;

/** The contents that a search has folded and will store: a bounded part of them. */
export class NewlyFolded {
  readonly #contents: FoldedContent[] = [];
  #bytes = 0;

  add(content: FoldedContent): void {
    if (this.#contents.length >= maxRows || this.#bytes >= maxBytes) return;
    this.#contents.push(content);
    this.#bytes += content.folded.length;
  }

  /** The contents for each transaction, in the order in which all transactions lock them. */
  *batches(): Generator<FoldedContent[]> {
    const sorted = this.#contents.toSorted((a, b) => a.id - b.id);
    for (let start = 0; start < sorted.length; start += rowsPerTransaction) {
      yield sorted.slice(start, start + rowsPerTransaction);
    }
  }
}
