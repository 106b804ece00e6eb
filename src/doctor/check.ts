import type { Finding, FindingLevel } from '../common/finding.js';

/** Checks of one lane run one after another; lanes run side by side. */
export type Lane = 'machine' | 'database' | 'server' | 'public' | 'moodle' | 'moodle-database' | 'keys' | 'upstream';

export interface Check {
  /** Stable, for programs. */
  name: string;
  title: string;
  lane: Lane;
  /** May throw: the error becomes a finding. */
  run: () => Promise<Finding[]> | Finding[];
}

export interface CheckResult {
  name: string;
  title: string;
  /** The worst level of the findings. */
  status: FindingLevel;
  findings: Finding[];
}

/** What the checks need of the machine. Tests replace parts of it. */
export interface Surroundings {
  /** UTC milliseconds. */
  now: () => number;
  /** Like `20.19.0`. */
  nodeVersion: string;
  /** Of the file system of a path, in bytes. @throws what Node throws */
  space: (path: string) => Promise<{ free: number; total: number }>;
  /** Whether `dist` is newer than its sources; undefined if there are no sources. */
  isBuildCurrent: () => Promise<boolean | undefined>;
  /** How long each check may take, in ms. */
  deadlineMs: number;
}
