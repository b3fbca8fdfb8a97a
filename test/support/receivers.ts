import { randomUUID } from 'node:crypto'
import { keysOf } from '@vwo-hub/protocol'
import type { RedisServer } from '@vwo-hub/sandbox'
import type { ClientError } from '../../packages/client/dist/errors.js'
import { createReceiver, type Taken } from '../../packages/client/dist/receive/receive.js'
import { connectRedis } from '../../packages/client/dist/connection/connection.js'
import { createPublisher, type Publisher } from './publisher.ts'
import { until } from './until.ts'

/** A receiver, and what it has been given. */
interface Listening {
  readonly revisions: number[]
  /** What each of them changed, where a message said it. */
  readonly summaries: (string | undefined)[]
  readonly errors: ClientError[]
  readonly isSubscribed: () => Promise<boolean>
  readonly text: () => string | undefined
}

/** Receivers of an environment of a Redis that a file has. */
export function createReceivers({
  server,
  cleanUps,
}: {
  readonly server: RedisServer
  readonly cleanUps: (() => unknown)[]
}) {
  return async (
    options: {
      checkIntervalMs?: number
      count?: number
      on?: RedisServer
      url?: string
      environment?: string
      /** What comes of the first settings that are handed over, of the second, and so on. */
      take?: (time: number) => Taken
    } = {},
  ) => {
    const { checkIntervalMs = 60_000, count = 1, on = server, take = () => 'in-use' } = options
    const { environment = `env-${randomUUID()}` } = options
    const keys = keysOf(environment)
    const publisher: Publisher = await createPublisher(on.url, environment)
    cleanUps.push(publisher.close)

    function listen(): Listening & { start(): void } {
      let current = { revision: 0, text: undefined as string | undefined }
      const revisions: number[] = []
      const summaries: (string | undefined)[] = []
      const errors: ClientError[] = []
      const connection = connectRedis(options.url ?? on.url, { name: 'receiver', key: keys.meta })
      const receiver = createReceiver({
        product: 'fullstack',
        connection,
        keys,
        environment,
        checkIntervalMs,
        currentRevision: () => current.revision,
        onIdentity: () => {},
        onSettings: async ({ revision, text, summary }) => {
          // As a client does: what was being fetched may be older than what a message has brought meanwhile.
          if (revision <= current.revision) return 'in-use'
          revisions.push(revision)
          summaries.push(summary)
          const taken = take(revisions.length)
          if (taken === 'in-use') current = { revision, text }
          return taken
        },
        onConfirmed: () => {},
        onError: (error) => errors.push(error),
      })
      cleanUps.push(receiver.close)
      return {
        revisions,
        summaries,
        errors,
        isSubscribed: async () => {
          const [, subscribers] = (await publisher.redis.call('PUBSUB', 'NUMSUB', keys.updates)) as [
            string,
            number,
          ]
          return subscribers >= count
        },
        text: () => current.text,
        start: receiver.start,
      }
    }

    const receivers = Array.from({ length: count }, listen)
    for (const receiver of receivers) receiver.start()
    const [first] = receivers
    if (first === undefined) throw new Error('expected at least one receiver')
    return { keys, environment, publisher, receivers, first }
  }
}

/** Waits until it is subscribed. */
export const isConnected = (receiver: Listening) => until(receiver.isSubscribed, (is) => is)
