import { defineConfig } from 'vitest/config'

const slow = process.env.SLOW === '1'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', ...(slow ? ['test/**/*.slow.ts'] : [])],
    reporters: ['default', './test/fakes/tally-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
