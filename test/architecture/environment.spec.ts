import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readConfig } from '../../src/config/read-config.js';
import { envVariables } from '../../src/config/env-variables.js';
import { root } from './source-imports.js';

const example = readFileSync(join(root, '.env.example'), 'utf8');
const top =
  '# Copy this file to .env and change what you need. Variables that are missing or empty have the default shown here.';

describe('.env.example', () => {
  it('has every variable with its description and its default, in the order of the code', () => {
    const parts = Object.entries(envVariables).map(
      ([name, variable]) => `# ${variable.description}\n${name}=${variable.default}\n`,
    );
    expect(example).toBe([`${top}\n`, ...parts].join('\n'));
  });

  it('changes no setting when it is copied unchanged', () => {
    expect(readConfig(parseEnv(example) as Record<string, string>)).toEqual(readConfig({}));
  });

  it('has no secret', () => {
    expect(example).toMatch(/^JWT_SECRET=$/m);
    expect(example).toMatch(/^DATABASE_URL=$/m);
  });
});
