import { World } from '../world/world.js';
import type { Experiment, Figure } from './experiment.js';
import { lockedRow } from './locked-row.js';
import { silentDatabase } from './silent-database.js';

export const experiments: Experiment[] = [...lockedRow, ...silentDatabase];

/**
 * Runs the experiments whose name has this part, each on a new database.
 * @returns a Markdown table with a line for each figure, and whether all figures are met
 */
export async function runExperiments(part: string): Promise<{ table: string; areMet: boolean }> {
  const rows = [
    ['experiment', 'figure', 'measured', 'wanted', 'met'],
    ['---', '---', '---', '---', '---'],
  ];
  let areMet = true;
  for (const experiment of experiments.filter(({ name }) => name.includes(part))) {
    const figures = await run(experiment);
    areMet &&= figures.every(({ isMet }) => isMet);
    for (const { what, measured, wanted, isMet } of figures) {
      const met = isMet ? 'yes' : 'NO';
      rows.push([experiment.name, what, measured, wanted, wanted === '' ? '' : met]);
    }
  }
  return { table: rows.map((row) => `| ${row.join(' | ')} |`).join('\n'), areMet };
}

async function run(experiment: Experiment): Promise<Figure[]> {
  const world = await World.start({ engine: 'mariadb', servers: 1 });
  try {
    return await experiment.run(world);
  } finally {
    await world.remove();
  }
}
