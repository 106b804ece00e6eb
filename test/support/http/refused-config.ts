import { StartupError } from '../../../src/common/startup-error.js';
import { readConfig } from '../../../src/config/read-config.js';

/** Returns the error with which `readConfig` rejects these variables. */
export function refusalOf(environment: Record<string, string | undefined>): StartupError {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof StartupError) return error;
    throw error;
  }
  throw new Error('readConfig accepted the variables');
}

export function problemsOf(environment: Record<string, string | undefined>): string[] {
  return refusalOf(environment).lines;
}
