import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { compareCluster } from './cluster-comparison.ts'
import { compareStandalone, type Compared } from './comparison.ts'
import { measureCosts, type Measured } from './costs.ts'
import { bytes, seconds, simulationTable, sizingTable, stepsTable } from './sizing.ts'

const kept = new URL('measured.json', import.meta.url)
/** A prediction of CPU, bytes or memory that is further off is not one. */
const FACTOR = 2

const { values } = parseArgs({
  options: {
    model: { type: 'boolean' },
    connections: { type: 'string', default: '1000,3000,5000' },
    save: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})

if (values.help) {
  console.log(`npm run bench:scaling -- [--model] [--connections N,N,…] [--save]
Measures what a node costs Redis on this machine, compares model, simulation and real connections, and prints the tables
of docs/scaling.md. Takes four minutes.
  --model        only the tables, from the costs that were kept
  --connections  at which numbers of connections to compare; default 1000,3000,5000
  --save         keep the costs, for --model`)
} else await main()

async function main(): Promise<void> {
  const costs = values.model ? await readKept() : await measure()
  console.log('\nOne Redis, by the model:\n')
  for (const line of sizingTable(costs)) console.log(line)
  console.log('\nWhat each step carries, and what ends first:\n')
  for (const gigabits of [10, 1]) {
    for (const line of stepsTable(costs, gigabits)) console.log(line)
    console.log()
  }
  console.log('Model and simulation, one Redis with 10 Gb/s:\n')
  for (const line of simulationTable(costs)) console.log(line)
}

async function readKept(): Promise<Measured['costs']> {
  const { machine, costs } = JSON.parse(await readFile(kept, 'utf8')) as {
    machine: string
    costs: Measured['costs']
  }
  console.log(`Costs as measured on: ${machine}`)
  return costs
}

async function measure(): Promise<Measured['costs']> {
  const connections = (values.connections ?? '').split(',').map(Number)
  requireOpenFiles(Math.max(2000, ...connections) + 200)
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`
  console.log(`${machine}\n\nCPU of Redis for one node:`)
  const { costs, lines } = await measureCosts()
  for (const line of lines) console.log(`  ${line}`)
  if (values.save) await writeFile(kept, `${JSON.stringify({ machine, costs }, undefined, 2)}\n`)
  for (const count of connections) {
    console.log(`\n${count} connections to one Redis: predicted / simulated / measured`)
    for (const row of await compareStandalone(costs, count)) console.log(lineOf(row))
  }
  console.log('\n3000 connections to a Cluster of 3 masters, 6 environments: predicted / measured')
  for (const row of await compareCluster(costs, 3000)) console.log(lineOf(row))
  return costs
}

function lineOf({ what, unit, predicted, simulated, measured, isByClock }: Compared): string {
  const said = (value: number): string => {
    if (Number.isNaN(value)) return '–'
    if (unit === 's') return seconds(value)
    if (unit === 'B') return bytes(value)
    return unit === 'share' ? `${(value * 100).toFixed(1)} %` : value.toFixed(0)
  }
  const ratio = measured / predicted
  const isWithin = ratio <= FACTOR && ratio >= 1 / FACTOR
  const verdict =
    isByClock || Number.isNaN(ratio) || predicted === 0
      ? ''
      : `  x ${ratio.toFixed(2)}${isWithin ? '' : `  NOT within a factor of ${FACTOR}`}`
  const figures = [predicted, ...(simulated === undefined ? [] : [simulated]), measured].map(said)
  return `  ${what}: ${figures.join(' / ')}${verdict}${isByClock ? '  (by the clock: the nodes run here too)' : ''}`
}

/** Each of Redis and the bare clients needs one file for each connection. */
function requireOpenFiles(needed: number): void {
  const limit = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim())
  if (Number.isNaN(limit) || limit >= needed) return
  throw new Error(
    `bench:scaling: expected at least ${needed} open files for each process, got ${limit} (ulimit -n). Raise it, or give fewer --connections. Nothing was measured.`,
  )
}
