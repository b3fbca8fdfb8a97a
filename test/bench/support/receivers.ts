/**
 * Receivers of the client, in a process of their own, each with its own connection: what a client does until the
 * settings are there, and then parses them instead of swapping, as the bare subscribers do.
 *
 * Arguments: Redis URL, environment, count, `parse` or `receive`, `low` for a low priority. Sends `ready`, and then the time at which the last
 * receiver had each revision.
 */
import { constants, setPriority } from 'node:os'
import { keysOf } from '@vwo-hub/protocol'
import { createReceiver } from '../../../packages/client/dist/receive/receive.js'
import { connectRedis } from '../../../packages/client/dist/connection/connection.js'
import { nowMs } from './measure.ts'
import { until } from '../../support/until.ts'

const [url = '', environment = '', count, what, priority] = process.argv.slice(2)
// Leaves the processor to others, as nodes do that are other machines.
if (priority === 'low') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
const keys = keysOf(environment)
const had = new Map<number, number>()
let subscribed = 0

for (let index = 0; index < Number(count); index += 1) {
  const connection = connectRedis(url, { name: `bench-${index}`, key: keys.meta })
  let current = 0
  const receiver = createReceiver({
    product: 'fullstack',
    connection,
    keys,
    environment,
    checkIntervalMs: 2000,
    currentRevision: () => current,
    onIdentity: () => {},
    onSettings: async ({ text, revision }) => {
      if (what === 'parse') JSON.parse(text)
      current = revision
      const so = (had.get(revision) ?? 0) + 1
      had.set(revision, so)
      if (so === Number(count)) process.send?.(nowMs())
      return 'in-use'
    },
    onConfirmed: () => {},
    // A process with a thousand of them can be too busy to hear an answer in time. They recover, as clients do.
    onError: () => {},
  })
  receiver.start()
  connection.redis.once('ready', () => void noteSubscribed(connection.redis))
}

/** Comes after the receiver's own commands on the same connection: what answers it has subscribed. */
async function noteSubscribed(redis: { ping(): Promise<unknown> }): Promise<void> {
  // A busy machine can take longer than a command may: then once more.
  const hasAnswered = (): Promise<boolean> =>
    redis.ping().then(
      () => true,
      () => false,
    )
  await until(hasAnswered, Boolean)
  subscribed += 1
  if (subscribed === Number(count)) process.send?.('ready')
}
