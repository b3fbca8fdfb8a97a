import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['dist/**', 'node_modules/**'],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most tests wait for something most of the time: more of them at once than there are cores.
    maxWorkers: 4,
    // Built already: Node loads them as it does for users, at a fraction of the cost.
    server: { deps: { external: [/\/packages\/[a-z]+\/dist\//] } },
    // Neither the packages nor the SDK inside them may print: whatever reaches the console fails the run.
    onConsoleLog(log, type, entity) {
      const place = entity?.type === 'module' ? entity.relativeModuleId : entity?.fullName
      throw new Error(`Expected a silent console, got on ${type} in "${place ?? 'no test'}": ${log}`)
    },
  },
})
