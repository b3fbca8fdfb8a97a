import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { broadcast } from './broadcast.ts'
import { campaigns } from './campaigns.ts'
import { decision } from './decision.ts'
import { environments } from './environments.ts'
import { fme } from './fme.ts'
import { hostile } from './hostile.ts'
import { idle } from './idle.ts'
import { memory } from './memory.ts'
import { pauses } from './pauses.ts'
import { publish } from './publish.ts'
import { stall } from './stall.ts'
import { start } from './start.ts'
import { swap } from './swap.ts'
import { update, updateChoices } from './update.ts'
import { webhooks } from './webhooks.ts'
import type { Figure, Row, Series } from './support/figure.ts'
import { linesOf, verdictOf } from './support/format.ts'
import { writeMarkdown } from './support/markdown.ts'
import { writeCharts } from './support/plot.ts'
import { describeRun, readResults, type Results, writeResults } from './support/results.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    from: { type: 'string' },
    compare: { type: 'string' },
    plot: { type: 'boolean' },
    markdown: { type: 'boolean' },
    nodes: { type: 'string', multiple: true },
    size: { type: 'string', multiple: true },
    help: { type: 'boolean' },
  },
})
const figures: readonly Figure[] = [
  update(values),
  decision,
  pauses,
  swap,
  fme,
  update(values, 'fme'),
  broadcast,
  stall,
  publish,
  webhooks,
  start,
  memory,
  environments,
  campaigns,
  idle,
  hostile,
]

/** Where the command was typed, not where it runs. */
const given = (path: string): string => resolve(process.env['INIT_CWD'] ?? '.', path)
const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

if (values.help) {
  console.log(`npm run bench -- [options]

Measures each figure beside its floor, in turns, and holds the medians against a goal. It takes six to twenty minutes.

  --only NAME     one of ${figures.map(({ name }) => name).join(', ')}; can be given several times
  --nodes N       of update and update-fme: one of ${updateChoices.nodes.join(', ')}; can be given several times. Default: all but 500
  --size S        of update and update-fme: one of ${updateChoices.size.join(', ')}; can be given several times. Default: all
  --json FILE     writes everything that was measured
  --from FILE     measures nothing: takes what --json has written
  --compare FILE  shows beside each value the one in such a file
  --plot [DIR]    draws charts as SVG. Default: docs/images/bench
  --markdown      writes the results into docs/performance.md`)
} else {
  await main()
  // What a figure that failed has left open shall not keep the bench from ending.
  process.exit()
}

async function main(): Promise<void> {
  const names = new Set(figures.map(({ name }) => name))
  const unknown = values.only?.find((name) => !names.has(name))
  if (unknown !== undefined)
    throw new Error(`--only: expected one of ${[...names].join(', ')}, got "${unknown}".`)
  if (values.markdown && values.only) {
    throw new Error('--markdown: expected the whole bench, got --only. The rows left out would be gone.')
  }
  for (const option of ['nodes', 'size'] as const) {
    const known = updateChoices[option]
    const other = values[option]?.find((choice) => !known.includes(choice))
    if (other !== undefined)
      throw new Error(`--${option}: expected one of ${known.join(', ')}, got "${other}".`)
    if (values.markdown && values[option]) {
      throw new Error(
        `--markdown: expected the whole bench, got --${option}. The rows left out would be gone.`,
      )
    }
  }
  // `-- -- --json FILE` makes words of options: a bench that ran for a quarter of an hour would have written nothing.
  const stray = positionals.slice(values.plot ? 1 : 0)
  if (stray.length > 0)
    throw new Error(`Expected options, and a folder after --plot alone, got "${stray.join(' ')}".`)
  const results = values.from === undefined ? await measure() : await readResults(given(values.from))
  if (values.json !== undefined) await writeResults(given(values.json), results)
  if (process.exitCode === 1) {
    console.error('Something could not be measured: charts and documents stay as they are.')
    return
  }
  if (values.plot) {
    const [folder] = positionals
    await writeCharts(folder === undefined ? inRepository('docs/images/bench') : given(folder), results)
  }
  if (values.markdown) await writeMarkdown(inRepository('docs/performance.md'), results)
}

async function measure(): Promise<Results> {
  const before = values.compare === undefined ? [] : (await readResults(given(values.compare))).rows
  const run = await describeRun()
  console.log(
    `${run.machine}\n${Object.entries(run.versions).flat().join(' ')}\nMedians, and p99 in brackets.\n`,
  )
  const rows: Row[] = []
  const series: Series[] = []
  const row = (next: Row): void => {
    rows.push(next)
    const earlier = before.find((other) => other.row === next.row)
    console.log(linesOf(next, earlier))
  }
  for (const figure of figures) {
    if (!(values.only?.includes(figure.name) ?? figure.isLong !== true)) continue
    console.log(figure.name)
    const startedAt = performance.now()
    try {
      await figure.measure({ row, series: (each) => void series.push(each) })
    } catch (error) {
      // The others are worth having.
      console.error(error)
      process.exitCode = 1
    }
    console.log(`${figure.name}: measured within ${Math.round((performance.now() - startedAt) / 1000)} s\n`)
  }
  const missed = rows.filter((each) => verdictOf(each) === 'NOT MET').length
  console.log(`\n${rows.filter((each) => verdictOf(each) === 'met').length} met, ${missed} NOT MET`)
  return { ...run, rows, series }
}
