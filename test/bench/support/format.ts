import { isMet, type Row } from './figure.ts'

/** Three digits are more than these measurements are good for. */
function numberOf(value: number): string {
  if (!Number.isFinite(value)) return '?'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  if (Math.abs(value) < 0.001) return '0'
  return value.toPrecision(3)
}

/** What is held against the goal. */
export function valueOf({ value, valueUnit }: Row): string {
  switch (valueUnit) {
    case 'x':
      // Where the goal is a hundredth, two digits would hide whether it is met.
      return `${value.toFixed(value < 1.1 ? 3 : 2)} x`
    case 'exponent':
      return `n^${value.toFixed(2)}`
    default:
      return `${numberOf(value)} ${valueUnit}`
  }
}

export function goalOf({ goal, valueUnit }: Row): string {
  if (goal === undefined) return ''
  const [sign, limit] = 'atMost' in goal ? ['≤', goal.atMost] : ['≥', goal.atLeast]
  if (valueUnit === 'exponent') return `${sign} n^${limit}`
  return `${sign} ${limit} ${valueUnit}`
}

export function verdictOf(row: Row): 'met' | 'NOT MET' | 'context' {
  const isGood = isMet(row)
  if (isGood === undefined) return 'context'
  return isGood ? 'met' : 'NOT MET'
}

/** Median and p99 of a series. */
export const spreadText = ({ p50, p99, count }: Row['figure'], unit: string): string =>
  count > 1 ? `${numberOf(p50)} ${unit} (p99 ${numberOf(p99)})` : `${numberOf(p50)} ${unit}`

export const partsText = ({ parts, unit, valueUnit }: Row): string =>
  Object.entries(parts ?? {})
    .map(([part, value]) => `${part} ${numberOf(value)}${valueUnit === 'exponent' ? '' : ` ${unit}`}`)
    .join(', ')

/** One row for a terminal, under the same columns as the others. */
export function linesOf(row: Row, before: Row | undefined): string {
  const { figure, floor, unit, floorIs } = row
  const change = before === undefined ? '' : `before ${valueOf(before)}`
  const floorText = floor === undefined ? floorIs : `${spreadText(floor, unit)}, ${floorIs}`
  const parts = partsText(row)
  return [
    [verdictOf(row).padEnd(8), valueOf(row).padStart(12), goalOf(row).padEnd(14), row.row, change].join('  '),
    `${' '.repeat(40)}${spreadText(figure, unit)} over ${floorText}`,
    ...(parts === '' ? [] : [`${' '.repeat(40)}${parts}`]),
  ].join('\n')
}
