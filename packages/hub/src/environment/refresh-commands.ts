import type { Trigger } from '@vwo-hub/protocol'
import type { Large } from './announce.ts'
import { AUDIT_KEPT, entryOf } from './audit-log.ts'
import { type Identity, identityOf, type Owner } from './identity.ts'
import { type Meta, type Published, SPEAKS } from './meta.ts'
import type { Place } from './place.ts'
import {
  type Attempt,
  type Fruitless,
  leaseLost,
  type Publishing,
  type PublishResult,
  type Put,
} from './publish.ts'
import type { SettingsText } from '../product/settings-text.ts'
import { argumentOf, runScript } from './scripts.ts'

/** What Redis knows about an environment's refresh, and whether this hub is to fetch now. */
export interface RefreshState {
  /** `foreign`: what is published is of another account or sdkKey, and this hub has nothing to do here. */
  readonly state: 'idle' | 'wait' | 'leased' | 'foreign'
  /** The highest ticket given out; to be completed when leased. */
  readonly requested: number
  readonly completed: number
  /** What held something that no hub and no app writes, and begins anew; each is told by one hub, once an hour. */
  readonly resets: readonly string[]
  /** The revision that is stored; 0 when there is none. */
  readonly revision: number
  /** Redis' clock, Unix milliseconds. */
  readonly now: number
  /** When to look again, in milliseconds. With `wait`, and with `idle` where a recheck is to come; else 0. */
  readonly waitMs: number
  /** Fetches in a row that brought nothing new. */
  readonly fruitless: number
  readonly trigger: Trigger
  /** How many fetches were made of the series of rechecks that is under way; undefined where none is. */
  readonly rechecks: number | undefined
  /** The sha256 of what VWO had until some time within the last hour. */
  readonly replaced: readonly string[]
  /** The sha256 that has been released: the guard lets it through. */
  readonly released: string | undefined
  /** Redis may have evicted the settings-file, and kept its meta. */
  readonly hasSettings: boolean
  /** The meta of the stored revision. */
  readonly meta: Meta | undefined
}

/** A checked settings-file on its way to Redis. What is {@link Fruitless} of it counts should there be nothing new in it. */
export interface PublishInput extends Fruitless {
  readonly text: SettingsText
  /** Of the same text, where it has been prepared. */
  readonly large?: Large | undefined
  readonly meta: Omit<Meta, 'protocol' | 'speaks'>
  /** One line in words, for the audit stream. */
  readonly summary: string
  /** The revision that the text was compared with; 0 when there was none. */
  readonly knownRevision: number
  /** What the guard has against it: it is published only when its sha256 has been released. */
  readonly hold?: Publishing['vwoPublish']['hold']
  readonly attempt: Attempt
}

/** VWO's answer was what is stored already, as far as this hub knows. */
export interface ConfirmInput extends Fruitless {
  readonly sha256: string
  readonly checkedAt: string
  readonly trigger: Trigger
  readonly attempt: Attempt
}

/** One look at a refresh. Times in milliseconds. */
export interface AcquireInput {
  readonly token: string
  readonly leaseMs: number
  readonly owed: number
  readonly pollIntervalMs: number
  readonly owner?: Owner
}

/** What hubs do to keep an environment current. */
export interface RefreshCommands {
  /** Gives out a ticket. Once this has resolved, a fetch that begins later will complete. */
  request(trigger: Trigger): Promise<number>
  /** @param input.owner - Whose settings this hub publishes, from now on. Default: that is not asked. */
  acquire(input: AcquireInput): Promise<RefreshState>
  /** @returns false when another hub has taken over. */
  renew(token: string, leaseMs: number): Promise<boolean>
  /** Gives the lease back before its end, with the ticket still open. */
  giveBack(token: string): Promise<boolean>
  /**
   * Ends an attempt that failed.
   *
   * @param delayMs - No hub asks VWO again before this many milliseconds are over.
   * @param fruitless - That was so many fetches in a row.
   * @returns false when another hub has taken over.
   */
  postpone(token: string, delayMs: number, fruitless: number): Promise<boolean>
  /**
   * Notes that VWO was asked and had nothing new.
   *
   * @returns false when something else is stored: then publish the text.
   * @throws {@link HubError} `lease-lost`
   */
  confirm(input: ConfirmInput): Promise<boolean>
  /** What can be done ahead of `publish`, for any text that may be published. @returns undefined for a small one. */
  prepare(text: SettingsText): Promise<Large | undefined>
  /** @throws {@link HubError} `lease-lost` when another hub has taken over; nothing was written then. */
  publish(input: PublishInput): Promise<PublishResult>
  /** Puts back what Redis has lost, under its old revision, unless something newer is there. */
  restore(published: Published): Promise<PublishResult>
  /** Publishes what is published once more, above a revision that nodes have. `moved` where another one is, by now. */
  raise(
    published: Published,
    above: { readonly revision: number; readonly summary: string },
  ): Promise<PublishResult>
  /**
   * Puts back the pin of this revision, or the end of one, unless Redis has a newer word on it.
   *
   * @returns Whether Redis had lost it.
   */
  restorePin(published: Published): Promise<boolean>
  /**
   * Puts back the settings-file of the current revision, where it alone is gone.
   *
   * @returns Whether it still is the current one.
   */
  refill(published: Published): Promise<boolean>
}

export function createRefreshCommands(
  { redis, keys, environment }: Place,
  { prepare, put }: Put,
): RefreshCommands {
  /** Found while a refresh was requested; told with the next look. */
  const untold: string[] = []
  let own: Identity | undefined

  async function look({ token, leaseMs, owed, pollIntervalMs }: AcquireInput): Promise<RefreshState> {
    const { refresh, meta: metaKey, settings, asks: asksKey, audit, revisions } = keys
    const [meta, resets, replaced, ...answer] = (await runScript(
      redis,
      'vwoAcquire',
      ...[refresh, metaKey, settings, asksKey, audit, revisions],
      ...[token, leaseMs, owed, pollIntervalMs, AUDIT_KEPT, own?.identity ?? 'any'],
    )) as [meta: string[], resets: string[], replaced: string[], ...answer: string[]]
    const [state, requested, completed, revision, now, waitMs, fruitless, ...more] = answer
    const [trigger, released, exists, rechecks] = more
    return {
      state: state as RefreshState['state'],
      requested: Number(requested),
      completed: Number(completed),
      resets: [...untold.splice(0), ...resets],
      revision: Number(revision),
      now: Number(now),
      waitMs: Number(waitMs),
      fruitless: Number(fruitless),
      trigger: trigger as Trigger,
      rechecks: rechecks === '' ? undefined : Number(rechecks),
      // With the time of each in turn.
      replaced: replaced.filter((_, index) => index % 2 === 0),
      released: released === '' ? undefined : released,
      meta: metaOf(meta),
      hasSettings: exists === '1',
    }
  }

  return {
    async request(trigger) {
      const [ticket, resets] = (await runScript(
        redis,
        'vwoRequest',
        ...[keys.refresh, keys.audit],
        ...[trigger, AUDIT_KEPT],
      )) as [ticket: string, resets: string[]]
      untold.push(...resets)
      return Number(ticket)
    },
    async acquire(input) {
      const { owner } = input
      own = owner && identityOf(owner, own?.identitySalt)
      const state = await look(input)
      const salt = state.meta?.identitySalt
      if (owner === undefined || salt === undefined || salt === own?.identitySalt) return state
      // Now that it is known how identities are compared here.
      own = identityOf(owner, salt)
      if (state.state !== 'foreign') return state
      untold.push(...state.resets)
      return await look(input)
    },
    renew: async (token, leaseMs) => (await runScript(redis, 'vwoRenew', keys.refresh, token, leaseMs)) === 1,
    giveBack: async (token) => (await runScript(redis, 'vwoGiveBack', keys.refresh, token)) === 1,
    postpone: async (token, delayMs, fruitless) =>
      (await runScript(redis, 'vwoPostpone', keys.refresh, token, Math.ceil(delayMs), fruitless)) === 1,
    async confirm({ sha256, checkedAt, trigger, attempt, delayMs, fruitless, recheck }) {
      const all = [keys.refresh, keys.meta, keys.settings, keys.audit]
      const input = {
        own,
        meta: { sha256, checkedAt, trigger, speaks: SPEAKS },
        attempt: { ...attempt, delayMs, fruitless, recheck },
        auditKept: AUDIT_KEPT,
      }
      const result = await runScript(redis, 'vwoConfirm', ...all, JSON.stringify(input))
      if (result === 'lease-lost') throw leaseLost(environment)
      return result === 'unchanged'
    },
    prepare,
    publish: ({ text, large, meta, summary, knownRevision, hold, attempt, ...fruitless }) =>
      put(
        'vwoPublish',
        text,
        {
          ...{
            own,
            identity: own?.identity,
            meta,
            summary,
            knownRevision,
            attempt: { ...attempt, ...fruitless },
          },
          ...(hold && { hold }),
        },
        large,
      ),
    restore: ({ text, meta, revision }) =>
      put('vwoRestore', text, {
        ...{ meta, identity: meta.identity, knownRevision: revision },
        summary: 'put back what Redis had lost',
      }),
    raise: ({ text, meta, revision }, { revision: above, summary }) =>
      // The script gives out another revision than the one that was read with the meta.
      put('vwoRaise', text, {
        meta: { ...meta, ...{ revision: undefined } },
        ...{ identity: meta.identity, knownRevision: revision, summary, above },
      }),
    async restorePin({ revision, meta: { pinSetAt = '0', pinnedUntil = '' } }) {
      const summary = `put back what Redis had lost: ${pinnedUntil ? `pinned until ${pinnedUntil}` : 'not pinned any more'}`
      const fields = entryOf({ what: 'restored', summary })
      return (
        (await runScript(
          redis,
          'vwoRestorePin',
          ...[keys.meta, keys.audit],
          ...[String(revision), pinSetAt, pinnedUntil, AUDIT_KEPT, ...fields],
        )) === 1
      )
    },
    async refill({ revision, text }) {
      const all = [keys.meta, keys.settings, keys.settingsOf(revision)]
      return (await runScript(redis, 'vwoRefill', ...all, String(revision), argumentOf(text))) === 1
    },
  }
}

/** The hash, as names and values in turn. */
function metaOf(list: readonly string[]): Meta | undefined {
  const fields = new Map<string, string>()
  for (let index = 0; index + 1 < list.length; index += 2)
    fields.set(list[index] ?? '', list[index + 1] ?? '')
  return fields.has('revision') ? (Object.fromEntries(fields) as unknown as Meta) : undefined
}
