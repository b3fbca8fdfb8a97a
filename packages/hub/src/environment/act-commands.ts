import type { Trigger } from '@vwo-hub/protocol'
import { AUDIT_KEPT, type AuditInput, entryOf } from './audit-log.ts'
import type { Place } from './place.ts'
import type { Publication, Publishing, PublishResult, Put } from './publish-command.ts'
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
  /** @returns false when nothing is published: there is nothing to pin. */
  pin(pinnedUntil: string, entry: AuditInput): Promise<boolean>
  /**
   * Ends a pin, and asks for the refresh that publishes what has waited.
   *
   * @returns undefined when there is none, or another one.
   */
  unpin(entry: AuditInput, lifting?: Lifting): Promise<Lifted | undefined>
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
    { which = '', trigger = 'manual' }: Lifting = {},
  ): Promise<Lifted | undefined> {
    const args = [which, AUDIT_KEPT, trigger, ...entryOf(entry)]
    const answer = (await runScript(redis, script, meta, audit, refresh, ...args)) as
      | [ticket: string, lifted: string]
      | null
    return answer === null ? undefined : { ticket: Number(answer[0]), lifted: answer[1] }
  }

  return {
    rollback: ({ text, what = 'rollback', ...rest }) => put('vwoRollback', text, { what, ...rest }),
    async pin(pinnedUntil, entry) {
      const args = [pinnedUntil, AUDIT_KEPT, ...entryOf(entry)]
      return (await runScript(redis, 'vwoPin', meta, audit, refresh, ...args)) === 1
    },
    unpin: (entry, lifting) => lift('vwoUnpin', entry, lifting),
    release: (entry, lifting) => lift('vwoRelease', entry, lifting),
    async adopt(entry, which = '') {
      const args = [which, AUDIT_KEPT, ...entryOf(entry)]
      const ticket = await runScript(redis, 'vwoAdopt', meta, audit, refresh, ...args)
      return ticket === null ? undefined : Number(ticket)
    },
  }
}
