import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './support/longest-first.ts'
import { isEverything } from './support/runs.ts'

const moduleOfClient = (name: string): string =>
  join(import.meta.dirname, `../packages/client/dist/${name}.js`)
/** Before a release: the newest Node is brought for it, or what is tried is a test. */
const everything = ['chaos/mutant.test.ts', 'hub/newest-node.test.ts']

export default defineConfig({
  // In one process with tests of what is inside: the same modules. What apps load is made of them, and tried in processes of its own.
  resolve: {
    alias: [
      { find: /^@vwo-hub\/client$/, replacement: moduleOfClient('client') },
      { find: /^@vwo-hub\/client\/(\w+)$/, replacement: moduleOfClient('$1') },
    ],
  },
  test: {
    // A machine may be slow, and who waits in vain has failed anyway.
    testTimeout: 180_000,
    hookTimeout: 120_000,
    pool: 'forks',
    execArgv: [
      '--require',
      join(import.meta.dirname, 'support/ask-nobody.cjs'),
      // Threads that collect beside the tests take time from other tests.
      '--single-threaded-gc',
      // Node 20 optimises code early, which of most tests takes longer than it saves: a tenth of all processor time.
      ...(process.versions.node.startsWith('20.') ? ['--interrupt-budget=1000000'] : []),
    ],
    // Of those that say that they wait most of the time: the faults of one world wait for the same scenarios.
    maxConcurrency: 12,
    // Most tests wait for something most of the time: more of them at once than there are cores.
    maxWorkers: Math.max(6, availableParallelism()),
    sequence: { sequencer: LongestFirst },
    // Built already: Node loads them as it does for users, at a fraction of the cost.
    server: { deps: { external: [/\/packages\/[a-z]+\/dist\//] } },
    // One process for many files: to load the packages takes longer than most files do.
    isolate: false,
    include: ['**/*.test.ts'],
    exclude: ['dist/**', 'node_modules/**', ...(isEverything ? [] : everything)],
    // Neither the packages nor the SDK inside them may print: whatever reaches the console fails the run.
    onConsoleLog(log, type, entity) {
      const place = entity?.type === 'module' ? entity.relativeModuleId : entity?.fullName
      throw new Error(`Expected a silent console, got on ${type} in "${place ?? 'no test'}": ${log}`)
    },
  },
})
