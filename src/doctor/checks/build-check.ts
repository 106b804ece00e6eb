import { ok, warning, type Finding } from '../../common/finding.js';
import { version } from '../../common/version.js';
import type { Surroundings } from '../check.js';

export async function checkBuild({ isBuildCurrent }: Surroundings): Promise<Finding[]> {
  switch (await isBuildCurrent()) {
    case true:
      return [ok(`${version}, built from its sources`)];
    case false:
      return [warning(`${version}, but dist is older than its sources: run npm run build, and restart the server.`)];
    default:
      return [ok(`${version}, built; its sources are not here`)];
  }
}
