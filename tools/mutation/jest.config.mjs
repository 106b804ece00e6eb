import { fileURLToPath } from 'node:url';
import config from '../../jest.config.js';
import { groups } from './groups.mjs';

const { engine, tests } = groups[process.env.MUTATION_GROUP];
const { displayName: _, ...project } = config.projects.find(({ displayName }) => displayName === engine);

/** One project for unit tests and end-to-end tests: Stryker does not support projects. */
export default {
  ...project,
  rootDir: process.cwd(),
  testMatch: tests.map((path) => `<rootDir>/${path}`),
  runner: fileURLToPath(new URL('bail-runner.mjs', import.meta.url)),
  testEnvironment: fileURLToPath(new URL('bail-environment.cjs', import.meta.url)),
  testTimeout: config.testTimeout,
};
