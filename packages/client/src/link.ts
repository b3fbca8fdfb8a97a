import { DEFAULT_PREFIX, keysOf } from '@vwo-hub/protocol'
import { databaseOf } from '@vwo-hub/protocol/redis'
import { connectRedis } from './connection/connection.ts'
import { ClientError } from './errors.ts'
import type { FollowOptions, HubOption } from './options.ts'
import { createReceiver, type Receiver, type ReceiverOptions } from './receive/receive.ts'
import { createHubReceiver } from './receive/receive-from-hub.ts'
import { requestRefresh } from './receive/request-refresh.ts'
import { createReporter, type Reporter, type ReporterOptions } from './report/reporter.ts'

/** How long a refresh waits for a hub, in milliseconds. */
const REFRESH_TIMEOUT_MS = 10_000

/** How settings come in, and what else goes the same way. */
export interface Link {
  readonly source: 'redis' | 'hub'
  /** Number of the database in Redis. */
  readonly database: number
  readonly receiver: Receiver
  /** Begins to tell operators what this node decides with; undefined where nobody takes it. */
  report(options: Pick<ReporterOptions, 'identity' | 'status' | 'onRefused'>): Reporter | undefined
  /**
   * Asks for what VWO has now, and reads what came of it; by a hub alone it is what the hub has.
   *
   * @throws {@link ClientError}
   */
  refresh(options: { readonly signal: AbortSignal; readonly read: () => Promise<void> }): Promise<void>
}

type Handlers = Omit<ReceiverOptions, 'connection' | 'keys' | 'environment'>

/** By Redis, or, where the app has none, by a hub. */
export function openLink(options: FollowOptions, handlers: Handlers): Link {
  const { redis, hub } = options
  return redis === undefined ? byHub(hub as HubOption, options, handlers) : byRedis(redis, options, handlers)
}

function byRedis(
  redis: NonNullable<FollowOptions['redis']>,
  { environment, prefix = DEFAULT_PREFIX, report }: FollowOptions,
  handlers: Handlers,
): Link {
  const connection = connectRedis(redis, {
    name: `vwo-client:${environment}`,
    key: keysOf(environment, prefix).meta,
  })
  const database = databaseOf(connection.redis)
  const keys = keysOf(environment, prefix, database)
  const receiver = createReceiver({ ...handlers, connection, keys, environment })
  return {
    source: 'redis',
    database,
    receiver,
    report: (reported) =>
      report === false
        ? undefined
        : createReporter({ ...reported, redis: connection.redis, keys, clock: receiver.clock }),
    refresh: (asked) =>
      requestRefresh({ ...asked, redis: connection.redis, keys, timeoutMs: REFRESH_TIMEOUT_MS }),
  }
}

function byHub(hub: HubOption, { environment }: FollowOptions, handlers: Handlers): Link {
  return {
    source: 'hub',
    database: 0,
    receiver: createHubReceiver({ ...handlers, hub, environment }),
    report: () => undefined,
    async refresh({ signal, read }) {
      try {
        await read()
      } catch (error) {
        if (!signal.aborted) throw error
        throw new ClientError('closed', 'Cannot refresh: this client was closed. Its settings stay in use.', {
          cause: error,
        })
      }
    },
  }
}
