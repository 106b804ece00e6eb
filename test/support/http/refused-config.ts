import { StartupError } from '../../../src/common/startup-error.js';
import { readConfig } from '../../../src/config/read-config.js';

/** Why these variables are no configuration. */
export function refusalOf(environment: Record<string, string | undefined>): StartupError {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof StartupError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

export function problemsOf(environment: Record<string, string | undefined>): string[] {
  return refusalOf(environment).lines;
}
