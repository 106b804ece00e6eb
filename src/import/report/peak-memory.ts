import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has held, in MiB. On Linux `maxRSS` begins with what the process held that started
 * this one (the kernel keeps it over execve); its own line in /proc does not.
 */
export function peakMemoryMiB(): number {
  return Math.round((ownPeak() ?? process.resourceUsage().maxRSS) / 1024);
}

/** In KiB; undefined where the system has no such file. */
function ownPeak(): number | undefined {
  try {
    const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return peak === undefined ? undefined : Number(peak);
  } catch {
    return undefined;
  }
}
