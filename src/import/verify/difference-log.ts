import type { Owner } from '../../owners/owner.js';
import type { Remarks } from '../report/report.js';
import type { ImportFilter } from '../source/plugin-types.js';
import {
  differenceKey,
  type AcknowledgedDigests,
  type AcknowledgementRepository,
} from './acknowledgements.repository.js';
import type { Difference } from './difference.js';

const differencesPerInsert = 100;

/** Counts and reports differences; those that are acknowledged are only counted. */
export class DifferenceLog {
  different = 0;
  acknowledged = 0;
  #known = new Map<string, AcknowledgedDigests>();
  readonly #unsaved: Difference[] = [];

  constructor(
    private readonly acknowledgements: AcknowledgementRepository,
    private readonly remarks: Remarks,
    /** When the differences are acknowledged, UTC milliseconds; undefined: they are not. */
    private readonly acknowledgedAt: number | undefined,
  ) {}

  /** To be called before the differences of an owner are added. */
  async startOwner(owner: Owner): Promise<void> {
    if (this.acknowledgedAt === undefined) this.#known = await this.acknowledgements.find(owner);
  }

  async add(difference: Difference): Promise<void> {
    if (this.acknowledgedAt !== undefined) {
      this.#unsaved.push(difference);
      if (this.#unsaved.length >= differencesPerInsert) await this.save(this.acknowledgedAt);
    } else if (!this.isKnown(difference)) {
      this.different++;
      const { table, row, reason } = difference;
      this.remarks({ kind: 'different', table, row, reason });
      return;
    }
    this.acknowledged++;
  }

  /** Acknowledges the differences in place of those that were acknowledged before in the scope of the filter. */
  async acknowledge(filter: ImportFilter): Promise<void> {
    if (this.acknowledgedAt === undefined) return;
    await this.save(this.acknowledgedAt);
    await this.acknowledgements.replace(filter, this.acknowledgedAt);
  }

  private async save(now: number): Promise<void> {
    await this.acknowledgements.save(this.#unsaved.splice(0), now);
  }

  private isKnown(difference: Difference): boolean {
    const known = this.#known.get(differenceKey(difference));
    return known?.sourceDigest === difference.sourceDigest && known.targetDigest === difference.targetDigest;
  }
}
