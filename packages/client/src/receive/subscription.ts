import type { Connection } from '../connection/connection.ts'

/** The subscription to one channel: of a connection that comes and goes, with a right that is taken and given back. */
export interface Subscription {
  /**
   * Subscribes where this connection has not yet.
   *
   * @param connection - A number that is another one for each connection.
   * @returns Why Redis refuses, each reason once for each connection: it is asked again with every call.
   */
  ensure(connection: number): Promise<unknown>
}

export function createSubscription({ redis, isCluster }: Connection, channel: string): Subscription {
  /** The last connection that has subscribed. */
  let subscribed: number | undefined
  let told: string | undefined

  async function ensure(connection: number): Promise<unknown> {
    if (subscribed === connection) return undefined
    try {
      await subscribe()
      subscribed = connection
      told = undefined
      return undefined
    } catch (error) {
      const reason = `${connection} ${String(error)}`
      if (reason === told) return undefined
      told = reason
      return error
    }
  }

  /** In a cluster the hub's messages are sharded where the server can, which is since Redis 7. */
  async function subscribe(): Promise<void> {
    if (isCluster) {
      try {
        await redis.ssubscribe(channel)
        return
      } catch (error) {
        if (!String(error).includes('unknown command')) throw error
      }
    }
    await redis.subscribe(channel)
  }

  return { ensure }
}
