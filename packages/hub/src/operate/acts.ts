/**
 * What people do to an environment. Everything goes through Redis in one atomic step each, so it works while no hub
 * runs, and everything is in the audit stream with who and why.
 *
 * @module
 */
import { HubError } from '../errors.ts'
import type { Environment } from '../environment/environment.ts'
import type { Meta, Published } from '../environment/meta.ts'
import { type Actor, noted, timeOf } from './actor.ts'
import { type ByHand, createHandActs, type HandActs, type Steps } from './acts-by-hand.ts'
import { resolveRevision } from './revision-name.ts'
import { findStepBack } from './step-back.ts'
import type { Changes, Judging, Owner } from '../product/product.ts'
import type { SettingsText } from '../product/settings-text.ts'
import { publicCount } from '../product/public-names.ts'

/** A rollback as it would be done now. */
export interface RollbackPlan {
  /** What is published, and would be replaced. */
  readonly from: Published
  /** The revision whose content would be published again. */
  readonly to: number
  readonly text: SettingsText
  /** When that was published, and when something else replaced it. ISO 8601 UTC. */
  readonly wasLive: { readonly from: string; readonly until: string }
  /** Newer revisions that a rollback to no named one passes over, because somebody has rolled back from them before. */
  readonly passed: readonly number[]
  /** What it would change, in words. */
  readonly change: string
  /** Of the content that would be published again. */
  readonly content: Pick<Changes, 'accountId' | 'units' | 'sha256'>
}

export interface RolledBack extends ByHand {
  readonly contentOf: number
}

/** What the guard holds back. Times are ISO 8601 UTC. */
export interface Held {
  readonly held: string
  readonly sha256: string
  readonly since: string
  readonly until: string
}

/** What is pinned. */
export interface Pin {
  readonly revision: number
  /** ISO 8601 UTC. */
  readonly pinnedUntil: string
  /** What waits for the end of the pin, in words. */
  readonly waiting: string | undefined
}

/** @throws {@link HubError} `not-possible` as things are, and then nothing was changed; `not-found`; `timeout`. */
export interface Acts {
  /**
   * @param name - As {@link resolveRevision} takes it. Default: one step further back than what is live, also after a
   *   rollback, by what was good: see {@link findStepBack}.
   */
  planRollback(name?: string): Promise<RollbackPlan>
  /**
   * Publishes earlier content as a new revision; `not-possible` when another one has been published since the plan.
   *
   * @param options.pinForMs - Pins it in the same step, unless a pin lasts longer already. 0: not; then the next
   *   refresh publishes what VWO has.
   */
  rollback(plan: RollbackPlan, options: Actor & { readonly pinForMs: number }): Promise<RolledBack>
  /**
   * Nothing that VWO sends is published until then; in place of a pin that there is.
   *
   * @param options.revision - What is meant to stay. Default: whatever is live.
   */
  pin(
    options: Actor & { readonly forMs: number; readonly revision?: number },
  ): Promise<{ readonly pinnedUntil: string }>
  /** Ends the pin, and asks for a refresh. @param options - The pin that is meant. Default: whichever there is. @returns Its ticket. */
  unpin(
    options: Actor & Partial<Pick<Pin, 'pinnedUntil' | 'revision'>>,
  ): Promise<{ readonly ticket: number; readonly pinnedUntil: string }>
  held(): Promise<Held>
  pinned(): Promise<Pin>
  /** The revision that would be pinned. */
  live(): Promise<{ readonly revision: number }>
  /**
   * Lets through what the guard holds back, and asks for the refresh that publishes it.
   *
   * @param options.sha256 - Of what is meant. Default: whatever is held back.
   */
  release(
    options: Actor & { readonly sha256?: string | undefined },
  ): Promise<{ readonly ticket: number; readonly sha256: string }>
  readonly byHand: HandActs
  /** Lets the hub that is the next to ask VWO publish its account's settings under this name. @returns Its ticket. */
  adopt(actor: Actor): Promise<{ readonly ticket: number }>
}

/** @param owner - Whose settings-files there are, where that is known. */
export function createActs(
  opened: Environment,
  judging: Pick<Judging, 'changes' | 'judge' | 'without'>,
  owner?: () => Owner,
): Acts {
  const { name: environment, read, act, now: clock } = opened
  const impossible = (what: string, why: string): HubError =>
    new HubError('not-possible', `Cannot ${what} "${environment}": ${why} Nothing was changed.`)

  async function published(what: string): Promise<Published> {
    const current = await read.current()
    if (current === undefined) throw impossible(what, 'nothing has been published yet.')
    return current
  }

  const replace: Steps['replace'] = async (what, from, { meta, ...next }, { pinForMs, ...actor }) => {
    const now = await clock()
    const pinnedUntil = pinForMs === 0 ? {} : { pinnedUntil: timeOf(now + pinForMs) }
    const { contentOf } = meta
    const entry = { ...(contentOf !== undefined && { contentOf }), ...pinnedUntil, ...noted(actor) }
    const { product, identity } = from.meta
    const {
      result,
      revision,
      pinnedUntil: pinnedFor,
    } = await act.rollback({
      ...next,
      meta: {
        ...{ publishedAt: timeOf(now), fetchedAt: timeOf(now), ...meta },
        ...(product !== undefined && { product }),
      },
      ...{ knownRevision: from.revision, identity, entry: Object.entries(entry).flat(), ...pinnedUntil },
    })
    if (result !== 'published') throw impossible(what, movedTo(revision))
    return { revision, summary: next.summary, pinnedUntil: pinnedFor }
  }

  return {
    byHand: createHandActs(opened, judging, { published, impossible, replace }, owner),

    async planRollback(name) {
      const from = await published('roll back')
      const history = await read.history()
      const revisions = history.map(({ revision }) => revision)
      const textOf = async (revision: number): Promise<SettingsText> => (await read.revision(revision)).text
      const step =
        name === undefined
          ? await findStepBack(from, history, textOf)
          : { to: resolveRevision(name, revisions, { environment }), passed: [] }
      if (step === undefined) {
        throw impossible('roll back', 'no earlier revision is kept that nobody has rolled back from.')
      }
      const { to, passed } = step
      const text = await textOf(to)
      if (Buffer.compare(text, from.text) === 0) {
        throw impossible('roll back', liveAlready(to, from.revision))
      }
      const { summary: change, ...content } = await judging.changes(from.text, text)
      const next = revisions.findLast((revision) => revision > to) ?? from.revision
      const wasLive = { from: timeOf(to), until: timeOf(next) }
      return { from, to, text, wasLive, passed, change, content }
    },

    async rollback({ from, to, text, change, content }, options) {
      const { sha256, units, accountId } = content
      const meta = {
        ...{ sha256, accountId, bytes: String(text.length), ...publicCount(String(units)) },
        // A revision is published as soon as it has come.
        ...{ fetchedAt: timeOf(to), trigger: 'rollback', contentOf: String(to) },
      }
      const summary = `back to revision ${to} (${timeOf(to)}): ${change}`
      return { contentOf: to, ...(await replace('roll back', from, { text, meta, summary }, options)) }
    },

    async pin({ forMs, revision, ...actor }) {
      const pinnedUntil = timeOf((await clock()) + forMs)
      const entry = { what: 'pin', summary: `pinned until ${pinnedUntil}`, pinnedUntil, ...noted(actor) }
      const done = await act.pin({ pinnedUntil, revision }, entry)
      if (done === undefined) throw impossible('pin', 'nothing has been published yet.')
      if (done.result === 'moved') throw impossible('pin', movedTo(done.revision))
      return { pinnedUntil }
    },

    async unpin({ pinnedUntil: which, revision, ...actor }) {
      const entry = { what: 'unpin', summary: 'the pin is ended', ...noted(actor) }
      const lifted = await act.unpin(entry, { ...(which !== undefined && { which }), revision })
      if (lifted !== undefined) return { ticket: lifted.ticket, pinnedUntil: lifted.lifted }
      await pinned()
      throw impossible('unpin', 'something else has been published or pinned meanwhile. Look at it first.')
    },

    pinned,

    async live() {
      return { revision: (await published('pin')).revision }
    },

    async held() {
      return heldOf((await published('release')).meta) ?? notHeld()
    },

    async release({ sha256, ...actor }) {
      const { held, sha256: heldSha256 } = heldOf((await published('release')).meta) ?? notHeld()
      const which = sha256 ?? heldSha256
      const entry = { what: 'release', summary: `released: ${held}`, sha256: which, ...noted(actor) }
      const lifted = await act.release(entry, { which })
      if (lifted === undefined)
        throw impossible('release', 'something else is held back, or nothing any more.')
      return { ticket: lifted.ticket, sha256: lifted.lifted }
    },

    async adopt(actor) {
      const summary = 'the next hub that asks VWO publishes what its account and sdkKey have'
      const ticket = await act.adopt({ what: 'adopt', summary, ...noted(actor) })
      if (ticket !== undefined) return { ticket }
      throw impossible('adopt', 'nothing says whose settings it has, so that any hub may publish.')
    },
  }

  async function pinned(): Promise<Pin> {
    const { revision, meta } = await published('unpin')
    const { pinnedUntil, waiting } = meta
    if (pinnedUntil === undefined) throw impossible('unpin', 'it is not pinned.')
    return { revision, pinnedUntil, waiting }
  }

  function notHeld(): never {
    throw impossible('release', 'nothing is held back.')
  }
}

function movedTo(revision: number): string {
  return `revision ${revision} has been published meanwhile. Look at it first.`
}

function liveAlready(to: number, current: number): string {
  const same = to === current ? '' : `has the content of revision ${current}, which `
  return `revision ${to} ${same}is live already.`
}

function heldOf(meta: Meta): Held | undefined {
  const { held, heldSha256, heldSince = '', heldUntil = '' } = meta
  if (held === undefined || heldSha256 === undefined) return undefined
  return { held, sha256: heldSha256, since: heldSince, until: heldUntil }
}
