import { describe, expect, it } from 'vitest'
import { copyBuild, type Patch } from './build.ts'
import { check } from './check.ts'
import { type Mutant, mutants } from './mutant.ts'
import { describeViolations } from './report.ts'
import { runScenarios, scenarioBoundMs } from './scenario.ts'

/** How long the scenarios of a world may take on a slow machine, in milliseconds. */
const timeout = 300_000

async function judge(together: readonly Mutant[], patches: readonly Patch[]) {
  const [{ scenario: { world = {} } } = expect.fail('no mutant')] = together
  const scenarios = together.map(({ scenario }) => scenario)
  const build = await copyBuild(patches)
  try {
    const { history, windows } = await runScenarios(world, scenarios, build)
    const verdict = check(history, scenarioBoundMs)
    return { verdict, windows, story: describeViolations(verdict, history) }
  } finally {
    await build.remove()
  }
}

/** Those that want the same world have one together, each after the one before: to start a world costs most. */
const inOneWorld = new Map<string, Mutant[]>()
for (const mutant of mutants) {
  const world = JSON.stringify(mutant.scenario.world ?? {})
  inOneWorld.set(world, [...(inOneWorld.get(world) ?? []), mutant])
}

const worlds = [...inOneWorld.values()].map((together) => ({ together }))

describe.concurrent.each(worlds)('in one world', ({ together }) => {
  let judged: ReturnType<typeof judge> | undefined
  it.each(together)(
    '[invariant $invariant] the checker finds the fault in its time: $name',
    { timeout },
    async ({ scenario, invariant }) => {
      judged ??= judge(
        together,
        together.flatMap(({ patches }) => patches),
      )
      const { verdict, windows } = await judged
      const { from, to } = windows.get(scenario) ?? expect.fail('it did not run')
      const inItsTime = verdict.violations.filter(({ at }) => at >= from && at <= to)
      expect(inItsTime.map((violation) => violation.invariant)).toContain(invariant)
    },
  )
})

it.each(worlds)('the checker finds nothing without a fault', { timeout }, async ({ together }) => {
  const { story } = await judge(together, [])
  expect(story).toBe('')
})
