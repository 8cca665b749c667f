import { defineConfig } from 'vitest/config'

const slow = process.env.SLOW === '1'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', ...(slow ? ['test/**/*.slow.ts'] : [])],
    reporters: ['default', './test/fakes/tally-reporter.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    // Files share their worker: starting a process and loading the product a hundred times costs as much as the tests.
    isolate: false,
    maxWorkers: 2,
  },
})
