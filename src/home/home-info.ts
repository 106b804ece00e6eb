import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { packageFile, serviceName, version } from '../common/version.js';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/config.js';

export const documentationPath = '/documentation';

/** What the service is, and the paths of its documents; those that are switched off (DOCS) are missing. */
export interface Home {
  name: string;
  version: string;
  links: { docs?: string; openapi?: string; ready: string; live: string; documentation?: string };
}

@Injectable()
export class HomeInfo {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** @param publicPath the path of a route as the client must use it */
  describe(publicPath: (route: string) => string): Home {
    const { docs } = this.config;
    return {
      name: serviceName,
      version,
      links: {
        ...(docs && { docs: publicPath('/docs'), openapi: publicPath('/openapi.json') }),
        ready: publicPath('/readyz'),
        live: publicPath('/livez'),
        ...(docs && { documentation: publicPath(`${documentationPath}/README.md`) }),
      },
    };
  }

  /** The text of README.md, or of a file of `docs/`; undefined for every other name, and with DOCS=off. */
  readDocument(name: string): string | undefined {
    if (!this.config.docs) return undefined;
    // The name comes from a caller and is never a path.
    const file = documents().find((path) => basename(path) === name);
    return file && readFileSync(packageFile(file), 'utf8');
  }
}

function documents(): string[] {
  const names = readdirSync(packageFile('docs/')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...names.map((name) => `docs/${name}`)];
}
