import { describe, expect, it } from 'vitest'
import { copyBuild, type Patch } from './build.ts'
import { check } from './check.ts'
import { mutants } from './mutant.ts'
import { describeViolations } from './report.ts'
import { runScenario, scenarioBoundMs, type Scenario } from './scenario.ts'

/** How long one scenario may take on a slow machine, in milliseconds. */
const timeout = 60_000

async function judge(scenario: Scenario, patches: readonly Patch[]) {
  const build = await copyBuild(patches)
  try {
    const history = await runScenario(scenario, build)
    const verdict = check(history, scenarioBoundMs)
    return { verdict, story: describeViolations(verdict, history) }
  } finally {
    await build.remove()
  }
}

describe.each(mutants)('given a build with the fault "$name"', ({ patches, scenario, invariant }) => {
  it.concurrent(`[invariant ${invariant}] the checker finds it`, { timeout }, async () => {
    const { verdict } = await judge(scenario, patches)
    expect(verdict.violations.map((violation) => violation.invariant)).toContain(invariant)
  })

  it.concurrent(`[invariant ${invariant}] without the fault it finds nothing`, { timeout }, async () => {
    const { story } = await judge(scenario, [])
    expect(story).toBe('')
  })
})

describe('a patch', () => {
  it('that does not apply is a fault of the test, told with its text', async () => {
    const patch = { file: 'hub/lua/publish.lua', find: 'no such text', replace: '' }
    await expect(copyBuild([patch])).rejects.toThrow(
      /hub\/lua\/publish\.lua: expected once, found 0 times:\nno such text/,
    )
  })
})
