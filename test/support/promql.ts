import { parser } from '@prometheus-io/lezer-promql'

/** One metric as an expression asks for it. */
export interface Selector {
  readonly metric: string
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[]
}

/** What an expression of Prometheus refers to. */
export interface References {
  readonly selectors: readonly Selector[]
  /** The labels that it groups or joins by. */
  readonly grouping: readonly string[]
}

/** @throws An error that shows the place, for what is no expression. */
export function referencesOf(expression: string): References {
  const selectors: { metric: string; matchers: { label: string; operator: string; value: string }[] }[] = []
  const grouping: string[] = []
  let isGrouping = false
  parser.parse(expression).iterate({
    enter({ name, from, to, type }) {
      const text = expression.slice(from, to)
      const selector = selectors.at(-1)
      const matcher = selector?.matchers.at(-1)
      if (type.isError) throw new Error(`not an expression, at "${expression.slice(from)}": ${expression}`)
      if (name === 'GroupingLabels') isGrouping = true
      if (name === 'VectorSelector') selectors.push({ metric: '', matchers: [] })
      if (name === 'Identifier' && selector?.metric === '') selector.metric = text
      if (name === 'LabelName' && isGrouping) grouping.push(text)
      if (name === 'LabelName' && !isGrouping)
        selector?.matchers.push({ label: text, operator: '', value: '' })
      if (name === 'MatchOp' && matcher !== undefined) matcher.operator = text
      if (name === 'StringLiteral' && matcher?.value === '') matcher.value = text.slice(1, -1)
    },
    leave({ name }) {
      if (name === 'GroupingLabels') isGrouping = false
    },
  })
  return { selectors, grouping }
}
