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

describe('given a build with a fault', () => {
  it.concurrent.each(mutants)(
    '[invariant $invariant] the checker finds it: $name',
    { timeout },
    async ({ patches, scenario, invariant }) => {
      const { verdict } = await judge(scenario, patches)
      expect(verdict.violations.map((violation) => violation.invariant)).toContain(invariant)
    },
  )
})

/** Those that want the same world have one together, each after the one before. */
const inOneWorld = new Map<string, Scenario[]>()
for (const { scenario } of mutants) {
  const world = JSON.stringify(scenario.world ?? {})
  inOneWorld.set(world, [...(inOneWorld.get(world) ?? []), scenario])
}

describe('given a build without a fault', () => {
  it.concurrent.each([...inOneWorld])(
    'the checker finds nothing in %s',
    { timeout },
    async (_world, scenarios) => {
      const [{ world = {} } = {}] = scenarios
      const act: Scenario['act'] = async (started) => {
        for (const scenario of scenarios) await scenario.act(started)
      }
      const { story } = await judge({ world, act }, [])
      expect(story).toBe('')
    },
  )
})

describe('a patch', () => {
  it('that does not apply is a fault of the test, told with its text', async () => {
    const patch = { file: 'hub/lua/publish.lua', find: 'no such text', replace: '' }
    await expect(copyBuild([patch])).rejects.toThrow(
      /hub\/lua\/publish\.lua: expected once, found 0 times:\nno such text/,
    )
  })
})
