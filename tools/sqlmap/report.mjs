/** A table of all runs, and their sum. */
export function printTable(rows) {
  const table = rows.map(({ name, parameters, counts, failures, verdict }) => [
    name,
    String(parameters.length),
    String(sum(counts)),
    Object.entries(counts)
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
    String(failures),
    verdict,
  ]);
  const total = rows.reduce((all, { counts }) => all + sum(counts), 0);
  const tested = rows.reduce((all, { parameters }) => all + parameters.length, 0);
  const failures = rows.reduce((all, row) => all + row.failures, 0);
  const lines = [
    ['target', 'parameters', 'requests', 'answers by status', '5xx', 'sqlmap found'],
    ...table,
    [`${rows.length} runs`, String(tested), String(total), '', String(failures), ''],
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const padded = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join('  '));
  console.log(`\n${padded.map((line) => line.trimEnd()).join('\n')}`);
}

function sum(counts) {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}
