import type { ProductName } from '@vwo-hub/protocol'
import type { Decided } from './settings.ts'

/** Everything that can be done to the system on purpose. */
export type FaultKind =
  | 'redis killed'
  | 'redis frozen'
  | 'redis flushed'
  | 'redis back with old data'
  | 'redis failed over'
  | 'hub killed'
  | 'hub frozen'
  | 'hub restarted'
  | 'hub clock wrong'
  | 'app killed'
  | 'app frozen'
  | 'network cut'
  | 'network half-open'
  | 'network held'
  | 'network slow'
  | 'VWO slow'
  | 'VWO failing'
  | 'VWO truncating'
  | 'VWO hanging'
  | 'VWO of another account'
  | 'settings-file broken'
  | 'disk full'
  | 'VWO hostile'
  | 'app hostile'

/** What a Redis server takes itself for; two may be master at once. One that is behind is a replica out of step. */
export type RedisRole = 'master' | 'replica' | 'behind'

/** One thing that was seen to happen. Times are Unix milliseconds by the clock of this machine. */
export type ChaosEvent = {
  readonly at: number
  /** Of which product it is; undefined for what is of all of them. */
  readonly product?: ProductName
} & (
  | {
      /** From `up` on, everything has to be well whenever no fault lasts; until `closing`. */
      readonly kind: 'run'
      readonly phase: 'up' | 'closing'
    }
  | {
      /** After an episode: whether every client decided by this edition in good time. */
      readonly kind: 'settled'
      readonly serial: number
      readonly isWell: boolean
    }
  | {
      /** VWO has another settings-file. */
      readonly kind: 'change'
      readonly serial: number
      readonly sha256: string
      /** Has to be published. */
      readonly isGood: boolean
      /** May be published or not: what apps decide by is good in it. */
      readonly isTolerated?: boolean
    }
  | {
      /** VWO's webhook about this change was answered with 200. */
      readonly kind: 'accepted'
      readonly serial: number
    }
  | {
      readonly kind: 'fault'
      readonly id: number
      readonly fault: FaultKind
      readonly target: string
      readonly phase: 'begins' | 'ends'
    }
  | {
      /** What a Redis server has is taken from it on purpose, at some moment between beginning and end. */
      readonly kind: 'loss'
      readonly server: string
      readonly phase: 'begins' | 'ends'
    }
  | {
      /** What a Redis server has, and whom it takes it from, is other than at the look before. */
      readonly kind: 'holds'
      readonly server: string
      readonly role: RedisRole
      /** When it was looked into before: longer ago when it has not answered meanwhile. */
      readonly lookedAt: number
      readonly revisions: readonly number[]
    }
  | {
      /** A revision that was not seen before in this Redis server. */
      readonly kind: 'stored'
      readonly server: string
      readonly revision: number
      /** Of the text as it is. */
      readonly sha256: string
      readonly serial: number | null
    }
  | {
      /** Settings and meta, read in one step, are others than at the look before. */
      readonly kind: 'current'
      readonly server: string
      readonly revision: number
      readonly sha256: string
      /** What meta says. */
      readonly announcedSha256: string
      readonly isInHistory: boolean
    }
  | {
      /** A message on the channel. */
      readonly kind: 'published'
      readonly server: string
      readonly revision: number
      readonly sha256: string
    }
  | { readonly kind: 'process'; readonly process: string; readonly phase: 'starts' }
  | {
      readonly kind: 'process'
      readonly process: string
      readonly phase: 'ends'
      /** The signal that it had been sent to end it. */
      readonly ordered: NodeJS.Signals | undefined
      /** Exit code or signal. */
      readonly how: number | string
    }
  | {
      /** Somebody has looked at the nodes, by a hub that runs, when all was well. */
      readonly kind: 'look'
      readonly hub: string
      readonly path: string
      /** What it answered: a status, or why there is none. */
      readonly answer: number | string
    }
  | {
      /** A line of a hub's log, for whoever reads the history. */
      readonly kind: 'log'
      readonly process: string
      readonly text: string
    }
  | {
      /** A process said what it must never have to say. */
      readonly kind: 'complaint'
      readonly process: string
      readonly text: string
    }
  | ({ readonly client: string; readonly process: string } & (
      | { readonly kind: 'client'; readonly phase: 'starts'; readonly hasCacheFile: boolean }
      | {
          /** `ready()` has settled. */
          readonly kind: 'client'
          readonly phase: 'settled'
          readonly revision: number
          readonly source: string | null
        }
      | {
          readonly kind: 'swap'
          readonly revision: number
          readonly previousRevision: number
          readonly source: string
        }
      | { readonly kind: 'decision'; readonly revision: number; readonly decided: Decided }
    ))
)

export type EventOf<Kind extends ChaosEvent['kind']> = Extract<ChaosEvent, { kind: Kind }>
