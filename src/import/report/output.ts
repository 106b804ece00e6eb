import type { Remark } from './report.js';
import { summaryText, type Summary } from './summary.js';

/** Receives the parts of a report. */
export interface Output {
  remark(remark: Remark): void;
  end(summary: Summary): void;
}

type Write = (text: string) => void;

/** Maximum number of remarks of each kind in the text report. */
const maxShown = 100;

/** Text for people: the table of counts, then up to `maxShown` remarks of each kind. */
export class TextOutput implements Output {
  readonly #remarks = new Map<Remark['kind'], Remark[]>();
  readonly #counts = new Map<Remark['kind'], number>();

  constructor(private readonly write: Write) {}

  remark(remark: Remark): void {
    this.#counts.set(remark.kind, (this.#counts.get(remark.kind) ?? 0) + 1);
    const shown = this.#remarks.get(remark.kind) ?? [];
    if (shown.length < maxShown) shown.push(remark);
    this.#remarks.set(remark.kind, shown);
  }

  end(summary: Summary): void {
    this.write(summaryText(summary));
    for (const [kind, shown] of this.#remarks) {
      this.write(`\n${kind}:\n`);
      for (const { table, row, reason } of shown) this.write(`  ${table} ${row}: ${reason}\n`);
      const more = (this.#counts.get(kind) ?? 0) - shown.length;
      if (more > 0) this.write(`  and ${more} more: --json lists all of them\n`);
    }
  }
}

/** One JSON document. Its `rows` are written immediately, so that memory stays bounded. */
export class JsonOutput implements Output {
  #hasRows = false;

  constructor(private readonly write: Write) {}

  remark(remark: Remark): void {
    this.write(`${this.#hasRows ? ',' : '{"rows":['}\n${JSON.stringify(remark)}`);
    this.#hasRows = true;
  }

  end(summary: Summary): void {
    this.write(`${this.#hasRows ? '' : '{"rows":['}\n],${JSON.stringify(summary, undefined, 2).slice(1)}\n`);
  }
}
