/**
 * Which resource ends first, and at how many nodes.
 *
 * @module
 */
import { ANSWER_SECONDS, predict, type Deployment, type Prediction, type UnitCosts } from './model.ts'

/** What must not be exceeded, each with how much of it is used: 1 is all. */
export const limits = {
  /** Half of the thread: the other half is for updates, people and what shares the Redis. */
  cpu: ({ work }: Prediction) => work / 0.5,
  /** Others wait no longer than a second for their answer. */
  stall: ({ stallSeconds }: Prediction) => stallSeconds,
  /** An update is sent before clients take the connection for dead, because their reads wait behind it. */
  network: ({ sendingSeconds }: Prediction) => sendingSeconds / ANSWER_SECONDS,
  /** All that come back at once are served before they give up and come again. */
  reconnect: ({ stormCpuSeconds }: Prediction) => stormCpuSeconds / ANSWER_SECONDS,
} satisfies Record<string, (prediction: Prediction) => number>

export type Limit = keyof typeof limits

/** The one that is used most. */
export function firstLimit(prediction: Prediction): { readonly limit: Limit; readonly used: number } {
  const used = (Object.keys(limits) as Limit[]).map((limit) => ({ limit, used: limits[limit](prediction) }))
  return used.reduce((most, one) => (one.used > most.used ? one : most))
}

/** How many nodes a deployment carries within all limits, and which of them is reached then. */
export function largest(
  costs: UnitCosts,
  deployment: Omit<Deployment, 'nodes'>,
): { readonly nodes: number; readonly limit: Limit } {
  const at = (nodes: number) => firstLimit(predict(costs, { ...deployment, nodes }))
  let [carried, tooMany] = [1, 10_000_000]
  while (tooMany - carried > 1) {
    const middle = Math.floor((carried + tooMany) / 2)
    if (at(middle).used <= 1) carried = middle
    else tooMany = middle
  }
  return { nodes: carried, limit: at(tooMany).limit }
}
