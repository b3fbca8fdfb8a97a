import { cpus } from 'node:os'
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { decision } from './decision.ts'
import { propagation } from './propagation.ts'
import { swap } from './swap.ts'
import type { Figure, Row } from './support/figure.ts'

const figures: readonly Figure[] = [decision, swap, propagation]

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    compare: { type: 'string' },
    help: { type: 'boolean' },
  },
})

if (values.help) {
  console.log(`npm run bench -- [--only NAME] [--json FILE] [--compare FILE]
Measures each figure beside its floor, in turns, and prints the ratios. Names: ${figures.map(({ name }) => name).join(', ')}.`)
} else {
  await main()
}

async function main(): Promise<void> {
  const chosen = figures.filter(({ name }) => values.only === undefined || values.only.includes(name))
  const before =
    values.compare === undefined
      ? []
      : (JSON.parse(await readFile(values.compare, 'utf8')) as { rows: Row[] }).rows
  const machine = `${cpus().length} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`
  console.log(`${machine}\nMedian and p99 of each, and the ratio of the medians.\n`)
  const rows: Row[] = []
  for (const figure of chosen) {
    await figure.measure((row) => {
      rows.push(row)
      console.log(
        lineOf(
          row,
          before.find((other) => other.row === row.row),
        ),
      )
    })
  }
  if (values.json !== undefined) await writeFile(values.json, JSON.stringify({ machine, rows }, undefined, 2))
}

function lineOf({ row, floor, unit, goal, pair }: Row, before: Row | undefined): string {
  const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))
  const verdict =
    goal === undefined ? '' : pair.ratio <= goal ? `  goal ≤ ${goal}: met` : `  goal ≤ ${goal}: NOT MET`
  const change = before === undefined ? '' : `  before ${before.pair.ratio.toFixed(2)}`
  return [
    `${row}: ${pair.ratio.toFixed(2)} x ${floor}${verdict}${change}`,
    `    ${number(pair.figure.p50)} ${unit} (p99 ${number(pair.figure.p99)}) over ${number(pair.floor.p50)} ${unit} (p99 ${number(pair.floor.p99)}), ${pair.figure.count} pairs`,
  ].join('\n')
}
