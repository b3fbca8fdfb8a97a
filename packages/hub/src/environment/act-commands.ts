import type { Trigger } from '@vwo-hub/protocol'
import { AUDIT_KEPT, type AuditInput, entryOf } from './audit-log.ts'
import type { Place } from './place.ts'
import type { Publication, Publishing, PublishResult, Put } from './publish.ts'
import type { SettingsText } from '../product/settings-text.ts'
import { runScript } from './scripts.ts'

/** A settings-file that a person publishes: an earlier one again, or one by hand. */
export type RollbackInput = Publication &
  Omit<Publishing['vwoRollback'], 'what'> & {
    readonly text: SettingsText
    /** For the audit. @default 'rollback' */
    readonly what?: Publishing['vwoRollback']['what']
  }

/** Which pin or hold ends, and by what. */
export interface Lifting {
  /** The `pinnedUntil` or `heldSha256` that is meant. Default: whichever there is. */
  readonly which?: string
  /** @default 'manual' */
  readonly trigger?: Trigger
}

/** The same for a pin. */
export interface Unpinning extends Lifting {
  /** The revision that is meant to be live. Default: whichever is. */
  readonly revision?: number | undefined
}

export interface Pinning {
  /** The end of the pin, ISO 8601 UTC. */
  readonly pinnedUntil: string
  /** The revision that is meant. Default: whichever is live. */
  readonly revision?: number | undefined
}

export interface PinResult {
  /** `moved`: not pinned, because another revision is live than the one that is meant. */
  readonly result: 'pinned' | 'moved'
  /** The one that is live. */
  readonly revision: number
}

/** What ended a pin or a hold. */
export interface Lifted {
  /** Of the refresh that was asked for in the same step. */
  readonly ticket: number
  /** The `pinnedUntil` or `heldSha256` that there was. */
  readonly lifted: string
}

/** What people do to an environment, and what ends by itself: each is one atomic step, and needs no hub. */
export interface ActCommands {
  /** Publishes what a person has decided on as a new revision, past any pin and the guard. */
  rollback(input: RollbackInput): Promise<PublishResult>
  /** @returns undefined when nothing is published: there is nothing to pin. */
  pin(pinning: Pinning, entry: AuditInput): Promise<PinResult | undefined>
  /**
   * Ends a pin, and asks for the refresh that publishes what has waited.
   *
   * @returns undefined when there is none, another one, or another revision is live.
   */
  unpin(entry: AuditInput, unpinning?: Unpinning): Promise<Lifted | undefined>
  /**
   * Lets through what the guard holds back, and asks for the refresh that publishes it.
   *
   * @returns undefined when there is none, or another one.
   */
  release(entry: AuditInput, lifting?: Lifting): Promise<Lifted | undefined>
  /**
   * Forgets whose settings these are: they become those of the hub that is the next to ask VWO, which it does at once.
   *
   * @param which - The identity that is meant. Default: whichever there is.
   * @returns The ticket of the refresh; undefined when there is no identity, or another one.
   */
  adopt(entry: AuditInput, which?: string): Promise<number | undefined>
}

export function createActCommands({ redis, keys }: Place, { put }: Pick<Put, 'put'>): ActCommands {
  const { refresh, meta, audit } = keys

  async function lift(
    script: 'vwoUnpin' | 'vwoRelease',
    entry: AuditInput,
    which: readonly (string | number)[],
    trigger: Trigger = 'manual',
  ): Promise<Lifted | undefined> {
    const args = [...which, AUDIT_KEPT, trigger, ...entryOf(entry)]
    const answer = (await runScript(redis, script, meta, audit, refresh, ...args)) as
      | [ticket: string, lifted: string]
      | null
    return answer === null ? undefined : { ticket: Number(answer[0]), lifted: answer[1] }
  }

  return {
    rollback: ({ text, what = 'rollback', ...rest }) => put('vwoRollback', text, { what, ...rest }),
    async pin({ pinnedUntil, revision = '' }, entry) {
      const args = [pinnedUntil, revision, AUDIT_KEPT, ...entryOf(entry)]
      const answer = (await runScript(redis, 'vwoPin', meta, audit, refresh, ...args)) as
        | [result: PinResult['result'], revision: string]
        | null
      return answer === null ? undefined : { result: answer[0], revision: Number(answer[1]) }
    },
    unpin: (entry, { which = '', revision = '', trigger } = {}) =>
      lift('vwoUnpin', entry, [which, revision], trigger),
    release: (entry, { which = '', trigger } = {}) => lift('vwoRelease', entry, [which], trigger),
    async adopt(entry, which = '') {
      const args = [which, AUDIT_KEPT, ...entryOf(entry)]
      const ticket = await runScript(redis, 'vwoAdopt', meta, audit, refresh, ...args)
      return ticket === null ? undefined : Number(ticket)
    },
  }
}
