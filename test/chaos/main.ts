/**
 * `npm run chaos`: breaks everything that can be broken, for as long as one likes, and says whether anything was lost.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { copyBuild } from './build.ts'
import { check } from './check.ts'
import type { ChaosEvent } from './event.ts'
import { describeViolations, tableOf } from './report.ts'
import { runChaos } from './run.ts'
import { type TopologyName, topologyNames } from './topology.ts'

const usage = `npm run chaos -- [--minutes M] [--seed S] [--topology standalone|sentinel|cluster] [--history FILE]
Breaks hubs, apps, Redis, VWO and the networks between them, at random, and checks afterwards that nothing was lost.
The same seed chooses the same faults again. Ends with 0 when all is well, with 1 when an invariant was violated.`

/** Within this time after the last fault everything has to be well (invariant 5), in milliseconds. */
const boundMs = 10_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    topology: { type: 'string', default: 'standalone' },
    history: { type: 'string' },
    help: { type: 'boolean' },
  },
})
const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
const topology = topologyNames.find((name) => name === values.topology)

if (values.help) console.log(usage)
else if (!(minutes > 0) || !Number.isInteger(seed) || topology === undefined) {
  console.error(usage)
  process.exitCode = 2
} else {
  await main(topology)
  // Not left to end by itself: Node waits for ever for a connection that was cut while something was being sent on it.
  process.exit()
}

async function main(name: TopologyName): Promise<void> {
  const replay = `--minutes ${minutes} --seed ${seed} --topology ${name}`
  console.log(`npm run chaos -- ${replay}\n`)
  const build = await copyBuild()
  let history: readonly ChaosEvent[]
  try {
    history = await runChaos({
      build,
      seed,
      lasts: { ms: minutes * 60_000 },
      topology: name,
      boundMs,
      tell: (line) => console.log(line),
    })
  } finally {
    await build.remove()
  }
  if (values.history !== undefined) {
    await writeFile(values.history, history.map((event) => `${JSON.stringify(event)}\n`).join(''))
  }
  const verdict = check(history, boundMs)
  console.log(`\n${tableOf(verdict)}`)
  if (verdict.violations.length === 0) return
  console.log(`\nTo replay: npm run chaos -- ${replay}\n${describeViolations(verdict, history)}`)
  process.exitCode = 1
}
