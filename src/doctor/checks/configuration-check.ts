import { ok, type Finding } from '../../common/finding.js';
import { StartupError } from '../../common/startup-error.js';
import type { Config } from '../../config/config.js';
import { shownValues } from '../../config/shown-values.js';
import { toFindings } from '../run-checks.js';

/**
 * Every wrong variable, or without one those that differ from their defaults.
 * @param configuration the error if it cannot be read
 */
export function checkConfiguration(
  environment: Record<string, string | undefined>,
  configuration: Config | StartupError,
): Finding[] {
  if (configuration instanceof StartupError) return toFindings(configuration);
  const values = shownValues(environment);
  const mode = configuration.production ? 'production' : 'for trying out, without production mode';
  if (values.length === 0) return [ok(`all variables have their defaults (${mode})`)];
  return [
    ok(
      `${values.length} ${values.length === 1 ? 'variable differs' : 'variables differ'} from the default (${mode})`,
      values,
    ),
  ];
}
