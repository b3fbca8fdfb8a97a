import { setTimeout as delay } from 'node:timers/promises'
import { type RedisOptions, SentinelConnector } from 'ioredis'
import { reconnectDelayMs } from './reconnect.ts'

/** How long a sentinel may take to say who the master is, in milliseconds; then another one is asked. */
const SENTINEL_TIMEOUT_MS = 1000

/**
 * Asks sentinels until one names a server. ioredis would do that, too, but keeps three promises of each time that none does: of
 * an outage of a day some fifty megabytes.
 *
 * @see ioredis 6.0.0 `built/connectors/SentinelConnector/index.js` `connect`
 */
class PatientConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0])
  }

  override async connect(
    emit: Parameters<SentinelConnector['connect']>[0],
  ): Promise<NonNullable<SentinelConnector['stream']>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await super.connect(emit)
      } catch (error) {
        // Disconnected while it asked.
        if (!this.connecting) throw error
        const { message } = error as Error
        emit('error', new Error(message.replace(' and retry is disabled', ''), { cause: error }))
      }
      await delay(reconnectDelayMs(attempt))
      if (!this.connecting) throw new Error('Connection is closed.')
    }
  }
}

/** How sentinels are asked for a server: ever again until one names it, and each with a limit. */
export const ASKING_SENTINELS = {
  Connector: PatientConnector,
  // Each time that all were asked is a call of its own.
  sentinelRetryStrategy: () => null,
  sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
} satisfies RedisOptions
