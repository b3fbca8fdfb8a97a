import { expect, it, onTestFinished } from 'vitest'
import { copyBuild } from './build.ts'
import { check } from './check.ts'
import { describeViolations } from './report.ts'
import { runChaos } from './run.ts'

/** Within this time after the last fault everything has to be well, on a slow machine, too, in milliseconds. */
const boundMs = 30_000

it(
  '[invariant 5] whatever is killed, frozen, cut off or emptied, all is well again and nothing was lost',
  { timeout: 180_000 },
  async () => {
    const build = await copyBuild()
    onTestFinished(build.remove)
    const history = await runChaos({
      build,
      seed: 2_052_179,
      lasts: { episodes: 2 },
      topology: 'standalone',
      boundMs,
      hubs: 2,
      apps: 2,
      clientsPerApp: 3,
    })
    const verdict = check(history, boundMs)
    expect(describeViolations(verdict, history)).toBe('')
    expect(verdict.counts).toMatchObject({ lost: 0, outOfOrderSwaps: 0, wrongDecisions: 0 })
    // It was no quiet time either.
    expect([...verdict.counts.faults.keys()].toSorted()).toEqual([
      ...['VWO hanging', 'hub frozen', 'hub killed', 'network cut', 'redis flushed', 'settings-file broken'],
    ])
    expect(verdict.counts.accepted).toBeGreaterThan(10)
    for (const product of ['fullstack', 'fme']) {
      const decisions = history.filter((event) => event.kind === 'decision' && event.product === product)
      expect(decisions.length).toBeGreaterThan(30)
    }
  },
)
