/**
 * Many bare clients, in a process of their own. Told by messages what to do, see `population.ts`.
 *
 * @module
 */
import { createBareClient, type BareClient } from './bare-client.ts'
import type { Order, Told } from './population.ts'
import { createRequests } from './requests.ts'

const clients: BareClient[] = []
const pace: { checkIntervalMs?: number | undefined; reportIntervalMs?: number | undefined } = {}
let following = 0
let timeouts = 0
/** When each client had a revision, Unix milliseconds. */
const arrivals = new Map<number, number[]>()

const tell = (told: Told): void => void process.send?.(told)

process.on('message', (order: Order) => {
  switch (order.order) {
    case 'start':
      return start(order)
    case 'pace':
      pace.checkIntervalMs = order.checkIntervalMs
      pace.reportIntervalMs = order.reportIntervalMs
      for (const client of clients) client.repace()
      return tell({ told: 'paced' })
    case 'usage': {
      const { user, system } = process.cpuUsage()
      return tell({ told: 'usage', cpuSeconds: (user + system) / 1e6, timeouts })
    }
  }
})

function start(order: Extract<Order, { order: 'start' }>): void {
  const { host, port, environment, count, isCluster, isReporting, withinMs } = order
  const first = clients.length
  for (let index = first; index < first + count; index += 1) {
    const id = `${environment}-host-${String(index).padStart(6, '0')}-0dfc`
    const client = createBareClient({
      host,
      port,
      requests: createRequests({ environment, id, isCluster, isReporting }),
      identity: order.identity,
      checkIntervalMs: () => pace.checkIntervalMs,
      reportIntervalMs: () => pace.reportIntervalMs,
      onFollowing() {
        following += 1
        if (following === clients.length) tell({ told: 'following', at: now(), count: following })
      },
      onLost: () => (following -= 1),
      onRevision(revision) {
        const times = arrivals.get(revision) ?? []
        arrivals.set(revision, times)
        times.push(now())
        if (times.length === clients.length) tell({ told: 'revision', revision, times })
      },
      onTimeout: () => (timeouts += 1),
    })
    clients.push(client)
    setTimeout(client.start, Math.random() * withinMs)
  }
}

setInterval(() => {
  const at = performance.now()
  for (const client of clients) client.watch(at)
}, 250)

const now = (): number => performance.timeOrigin + performance.now()
tell({ told: 'ready' })
