import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { goalOf, partsText, spreadText, valueOf, verdictOf } from './format.ts'
import type { Row } from './figure.ts'
import type { Results } from './results.ts'

const begin = '<!-- results: written by npm run bench -- --markdown -->'
const end = '<!-- end of results -->'

/** Replaces the results in a document, between the two marks, and formats it as the others are. */
export async function writeMarkdown(file: string, results: Results): Promise<void> {
  await writeFile(file, withResults(await readFile(file, 'utf8'), markdownOf(results)))
  const oxfmt = fileURLToPath(new URL('../../../node_modules/.bin/oxfmt', import.meta.url))
  await promisify(execFile)(oxfmt, [file])
}

/** @throws When the document has no place for them. */
export function withResults(document: string, results: string): string {
  const [before, rest] = document.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) {
    throw new Error(
      `Cannot write the results: expected the lines "${begin}" and "${end}", got a document without.`,
    )
  }
  return `${before}${begin}\n\n${results}\n\n${end}${after}`
}

/** What was measured on, a table of the rows, and what those consist of that have parts. */
export function markdownOf({ measuredAt, machine, versions, rows }: Results): string {
  const withGoal = rows.filter(({ goal }) => goal !== undefined)
  const met = withGoal.filter((row) => verdictOf(row) === 'met').length
  const with_ = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Measured on ${measuredAt.slice(0, 10)}: ${machine}; ${with_.join(', ')}. ${met} of ${withGoal.length} goals met.`,
    '',
    '| figure | median (p99) | floor, median (p99) | value | goal | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(lineOf),
    '',
    'What some of them consist of, medians:',
    '',
    ...rows.filter(({ parts }) => parts !== undefined).map((row) => `- ${row.row}: ${partsText(row)}`),
  ].join('\n')
}

function lineOf(row: Row): string {
  const { figure, floor, floorIs, unit } = row
  const verdict = verdictOf(row)
  const cells = [
    row.row,
    spreadText(figure, unit),
    floor === undefined ? floorIs : `${spreadText(floor, unit)}: ${floorIs}`,
    valueOf(row),
    goalOf(row),
    verdict === 'NOT MET' ? '**NOT MET**' : verdict,
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
