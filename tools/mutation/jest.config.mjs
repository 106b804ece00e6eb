import { fileURLToPath } from 'node:url';
import { groups } from './groups.mjs';

const { engine, tests } = groups[process.env.MUTATION_GROUP];

/** One project for unit tests and end-to-end tests: Stryker does not support projects. */
export default {
  rootDir: process.cwd(),
  testMatch: tests.map((path) => `<rootDir>/${path}`),
  runner: fileURLToPath(new URL('bail-runner.mjs', import.meta.url)),
  testEnvironment: fileURLToPath(new URL('bail-environment.cjs', import.meta.url)),
  globals: { testEngine: engine },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': [fileURLToPath(import.meta.resolve('@swc/jest')), { swcrc: true }] },
  transformIgnorePatterns: ['/node_modules/'],
  testTimeout: 20_000,
};
