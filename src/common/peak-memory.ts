import { readFileSync } from 'node:fs';

/**
 * The peak resident memory of this process, in MiB. Prefers /proc on Linux: there `maxRSS` includes the peak of the parent
 * process, which the kernel keeps across execve.
 */
export function peakMemoryMiB(): number {
  return Math.round((ownPeak() ?? process.resourceUsage().maxRSS) / 1024);
}

/** In KiB; undefined on systems without /proc. */
function ownPeak(): number | undefined {
  try {
    const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return peak === undefined ? undefined : Number(peak);
  } catch {
    return undefined;
  }
}
