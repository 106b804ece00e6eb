/** How long an operation took in ms: the median, and the 99th percentile. */
export interface Figure {
  name: string;
  p50: number;
  p99: number;
}

export function figureOf(name: string, times: number[]): Figure {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { name, p50: at(0.5), p99: at(0.99) };
}
