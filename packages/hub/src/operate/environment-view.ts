import type { Trigger } from '@vwo-hub/protocol'
import type { EnvironmentConfig } from '../config/hub-config.ts'
import type { Published } from '../environment/meta.ts'
import type { RevisionEntry } from '../environment/read-history.ts'
import type { Propagation } from '../environment/read-nodes.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'
import type { Acts } from './acts.ts'
import type { RevisionDiff } from './diff.ts'
import type { RefreshOutcome } from './request-refresh.ts'
import type { ExplainUser } from './explain-user.ts'
import type { FindMoves } from './revision-moves.ts'
import type { ReadRecent } from './recent-events.ts'
import type { ReadDay } from './last-day.ts'
import type { ReadLive } from './what-is-live.ts'

/** What operators see of an environment that a hub keeps current, and what they do to it. */
export interface EnvironmentView {
  readonly config: EnvironmentConfig
  /** From the hub's memory, so that settings are served while Redis is down. */
  current(): Published | undefined
  /** How long ago Redis has said that this is the newest, in milliseconds; undefined until it has. */
  confirmedMsAgo(): number | undefined
  /** @returns The ticket, once Redis has it. */
  requestRefresh(trigger: Trigger): Promise<number>
  /** Asks VWO now, ahead of a back-off, and waits so long for what comes of it. */
  refreshNow(timeoutMs: number): Promise<RefreshOutcome>
  status(): Promise<EnvironmentStatus>
  history(): Promise<RevisionEntry[]>
  /** @param against - Default: the kept revision before it. */
  diff(revision: string, against?: string): Promise<RevisionDiff>
  /** Whom a revision moves. @param against - Default: the kept revision before it. */
  readonly moves: FindMoves
  /** What is live, unit by unit. */
  readonly live: ReadLive
  readonly explain: ExplainUser
  /** What happened by hour. */
  readonly recent: ReadRecent
  /** How many nodes there were in the last day, and what was fetched. */
  readonly day: ReadDay
  readonly acts: Acts
  nodes(): Promise<Propagation>
}
