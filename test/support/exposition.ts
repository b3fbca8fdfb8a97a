/** One line of the text format of Prometheus that carries a value. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One metric: what it says about itself, and its samples. */
export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`)
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)(?: \\d+)?$`)
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y

/**
 * Reads the text format strictly, as a scraper does.
 *
 * @throws An error that shows the line, for everything that a scraper would refuse.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('expected the last line to end with a line break')
  const families = new Map<string, { name: string; type: string; help: string; samples: Sample[] }>()
  const seen = new Set<string>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const comment = COMMENT.exec(line)
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment
      const family = families.get(name) ?? { name, type: 'untyped', help: '', samples: [] }
      families.set(name, family)
      if (kind === 'HELP') family.help = rest
      else family.type = rest
      continue
    }
    const sample = SAMPLE.exec(line)
    if (sample === null) throw new Error(`expected a sample, got: ${line}`)
    const [, name = '', labelText = '', valueText = ''] = sample
    const value = valueText === '+Inf' ? Number.POSITIVE_INFINITY : Number(valueText)
    if (Number.isNaN(value) && valueText.toLowerCase() !== 'nan')
      throw new Error(`expected a number, got: ${line}`)
    const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''))
    if (family === undefined) throw new Error(`expected TYPE and HELP before: ${line}`)
    const labels = labelsOf(labelText, line)
    const series = `${name}${JSON.stringify(
      labels,
      Object.keys(labels).toSorted((a, b) => (a < b ? -1 : 1)),
    )}`
    if (seen.has(series)) throw new Error(`expected each series once, got again: ${line}`)
    seen.add(series)
    family.samples.push({ name, labels, value })
  }
  return families
}

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const label = LABEL.exec(text)
    if (label === null) throw new Error(`expected labels, got: ${line}`)
    labels[label[1] ?? ''] = label[2] ?? ''
  }
  return labels
}

/** The value of the one sample that has these labels, perhaps among others; undefined when there is none. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''))
  const found = (family?.samples ?? []).filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )
  if (found.length > 1) throw new Error(`expected one sample of ${name}, got ${found.length}`)
  return found[0]?.value
}
