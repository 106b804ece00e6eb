// Runs every test in full: npm test with TEST_FULL=1, on every platform. Takes the options of Jest.
process.env.TEST_FULL = '1';
await import('../node_modules/jest/bin/jest.js');
