import { countStates, type NodeReport, type Propagation } from '../environment/read-nodes.ts'

/** `2,000 of 200,000 shown`; undefined where all that reported are. */
export function shownInWords({ nodes, total }: Pick<Propagation, 'nodes' | 'total'>): string | undefined {
  if (total <= nodes.length) return undefined
  // Made only here: it takes longer than all else of a command's start.
  const inThousands = new Intl.NumberFormat('en')
  return `${inThousands.format(nodes.length)} of ${inThousands.format(total)} shown`
}

/** How many nodes are not right: `1 lagging, 2 ahead of Redis`. Undefined where all are. */
export function notCurrentInWords({ nodes }: Pick<Propagation, 'nodes'>): string | undefined {
  const { lagging, ahead, stale, starting, invalid } = countStates({ nodes })
  const counts = [
    [lagging, 'lagging'],
    [ahead, 'ahead of Redis'],
    [starting, 'without settings'],
    [stale, 'not confirmed'],
    [invalid, 'invalid'],
  ] as const
  const words = counts.filter(([count]) => count > 0).map((each) => each.join(' '))
  return words.length === 0 ? undefined : words.join(', ')
}

/** Whether a node is one to look at. */
export function isAmiss({ state }: NodeReport): boolean {
  return state !== 'current'
}
