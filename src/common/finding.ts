export type FindingLevel = 'ok' | 'warning' | 'error' | 'skipped';

/** What a check has found. */
export interface Finding {
  level: FindingLevel;
  /** For a warning or an error also what to do. Has no secret. */
  text: string;
  /** Further lines, such as a list. */
  details?: string[];
}

export const ok = (text: string, details?: string[]): Finding => ({ level: 'ok', text, ...(details && { details }) });
export const warning = (text: string): Finding => ({ level: 'warning', text });
export const failure = (text: string): Finding => ({ level: 'error', text });
/** For what was not looked at, or does not apply. */
export const skipped = (text: string): Finding => ({ level: 'skipped', text });
