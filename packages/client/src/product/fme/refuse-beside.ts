import { isDeepStrictEqual } from 'node:util'
import { ClientError } from '../../errors.ts'
import type { ShieldedOptions } from './shield-init.ts'

/** Whose settings are decided by, and whose events are sent. */
export interface Owner {
  readonly accountId: string
  readonly sdkKey: string
}

interface Client {
  readonly owner: Owner
  readonly options: ShieldedOptions
}

const WHAT_TO_DO =
  'close that one first, use one client for the whole process, or give each a copy of the SDK of its own'

/**
 * Refuses a client beside another whose calls would be decided, or whose events would be sent, by what is the other's.
 *
 * @throws {@link ClientError} `swap-failed`
 */
export function refuseBeside(other: Client, own: Client): void {
  const { accountId, sdkKey } = own.owner
  if (other.owner.accountId !== accountId || other.owner.sdkKey !== sdkKey) {
    refuse(
      `they belong to account ${accountId}, but another client of this process works for account ${other.owner.accountId} or another environment of it`,
    )
  }
  if (!isDeepStrictEqual(gatewayOf(other.options), gatewayOf(own.options))) {
    refuse('another client of this process has another gatewayService, or one of them has none')
  }
  if (!isDeepStrictEqual(batchesOf(other.options), batchesOf(own.options))) {
    refuse('another client of this process has another batchEventData, or one of them has none')
  }
}

/**
 * Refuses a gateway service where the SDK has a queue: it would send batches there, which a gateway service does not take.
 *
 * @throws {@link ClientError} `swap-failed`
 */
export function refuseGatewayAfterQueue({ gatewayService }: ShieldedOptions): void {
  if (gatewayService === undefined) return
  throw new ClientError(
    'swap-failed',
    'there is a gatewayService, but an earlier client of this process had batchEventData, and the SDK up to 1.35 sends all events of the process in batches from then on: run a process for each, or give each a copy of the SDK of its own',
  )
}

function refuse(why: string): never {
  throw new ClientError(
    'swap-failed',
    `${why}, which the SDK up to 1.35 has but once in a process: ${WHAT_TO_DO}`,
  )
}

function gatewayOf({ gatewayService }: ShieldedOptions): object | undefined {
  return (
    gatewayService && {
      url: gatewayService.url,
      port: gatewayService.port,
      protocol: gatewayService.protocol,
    }
  )
}

function batchesOf({ batchEventData }: ShieldedOptions): object | undefined {
  const { flushCallback: _own, ...queue } = batchEventData ?? {}
  return batchEventData && queue
}
