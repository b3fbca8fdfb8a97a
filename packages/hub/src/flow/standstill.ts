import { isOfRedis } from '../environment/answers.ts'
import { HubError, messageOf } from '../errors.ts'
import type { Log } from '../log/log.ts'

/** What keeps a loop from going on. */
export interface Standstill {
  /**
   * Says so once for each reason. A Redis that is away is told by its connection; one that answers and refuses would go
   * unseen, and so would a fault of ours.
   */
  stopped(error: unknown): void
  over(): void
}

export function createStandstill(log: Log): Standstill {
  /** What was told last; empty when nothing was. */
  let told = ''
  return {
    stopped(error) {
      const isOurs = !(error instanceof HubError) && !isOfRedis(error)
      const isRefused = error instanceof Error && error.name === 'ReplyError'
      const reason = messageOf(error)
      if (reason === told || !(isOurs || isRefused)) {
        log.debug({ err: error }, 'refresh waits for Redis')
        return
      }
      told = reason
      if (isOurs) log.error({ err: error }, 'the hub itself failed; the refresh is tried again every second')
      else log.error({ reason }, 'Redis refuses what a refresh needs; it is tried again every second')
    },
    over() {
      told = ''
    },
  }
}
