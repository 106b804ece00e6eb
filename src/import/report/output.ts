import type { Remark } from './report.js';
import { summaryText, type Summary } from './summary.js';

/** Where a report goes. */
export interface Output {
  remark(remark: Remark): void;
  end(summary: Summary): void;
}

type Write = (text: string) => void;

/** So many remarks of a kind are shown to people. */
const maxShown = 100;

/** For people: the table of counts, then the remarks, up to a number of each kind. */
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
      if (more > 0) this.write(`  and ${more} more: --json has all of them\n`);
    }
  }
}

/** For machines: one JSON document, whose `rows` are written as they come. */
export class JsonOutput implements Output {
  #begun = false;

  constructor(private readonly write: Write) {}

  remark(remark: Remark): void {
    this.write(`${this.#begun ? ',' : '{"rows":['}\n${JSON.stringify(remark)}`);
    this.#begun = true;
  }

  end(summary: Summary): void {
    this.write(`${this.#begun ? '' : '{"rows":['}\n],${JSON.stringify(summary, undefined, 2).slice(1)}\n`);
  }
}
