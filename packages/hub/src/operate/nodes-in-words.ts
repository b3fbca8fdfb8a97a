import { countStates, type NodeReport, type Propagation } from '../environment/read-nodes.ts'

const inThousands = new Intl.NumberFormat('en')

/** `2,000 of 200,000 shown`; undefined where all that reported are. */
export function shownInWords({ nodes, total }: Pick<Propagation, 'nodes' | 'total'>): string | undefined {
  if (total <= nodes.length) return undefined
  return `${inThousands.format(nodes.length)} of ${inThousands.format(total)} shown`
}

/** Why not all have the newest revision: `1 lagging, 2 ahead of Redis`. Undefined where all have it. */
export function notCurrentInWords({ nodes, current }: Propagation): string | undefined {
  const { ahead, invalid } = countStates({ nodes })
  const counts = [
    [nodes.length - current - ahead - invalid, 'lagging'],
    [ahead, 'ahead of Redis'],
    [invalid, 'invalid'],
  ] as const
  const words = counts.filter(([count]) => count > 0).map((each) => each.join(' '))
  return words.length === 0 ? undefined : words.join(', ')
}

/** Whether a node is one to look at: it is not on the newest revision, and is not about to begin with it. */
export function isAmiss({ behindSince, state }: NodeReport): boolean {
  return behindSince !== undefined || state === 'ahead' || state === 'invalid'
}
