/**
 * Breaking the glass: what people publish themselves, in the hour in which VWO cannot be reached, or its editor not be
 * found. It is checked like everything that VWO sends, and pinned; it ends with the pin.
 *
 * @module
 */
import type { RollbackInput } from '../environment/act-commands.ts'
import type { Environment } from '../environment/environment.ts'
import type { Published } from '../environment/meta.ts'
import { HubError } from '../errors.ts'
import { check } from '../flow/check.ts'
import { findSuspicion } from '../flow/guard.ts'
import { judgedText, previousOf } from '../product/judged.ts'
import type { Accepted, Judging, Owner } from '../product/product.ts'
import { productOf } from '../product/products.ts'
import { publicCount } from '../product/public-names.ts'
import { nameOf } from '../text/words.ts'
import type { Actor } from './actor.ts'

/** What would be published by hand now. */
export interface HandPlan {
  /** What is published, and would be replaced. */
  readonly from: Published
  /** A settings-file that somebody has given, or what is live without one unit. */
  readonly trigger: 'file' | 'stop'
  readonly accepted: Accepted
  /** What it would change, in words. */
  readonly change: string
  /** That most of what runs would end by it, in words. Only where it would. */
  readonly ending: string | undefined
}

export interface ByHand {
  readonly revision: number
  readonly summary: string
  /** Until then nothing else is published; undefined when it is not pinned. */
  readonly pinnedUntil: string | undefined
}

/** @throws {@link HubError} `not-possible` as things are, and then nothing was changed; `settings-refused`; `not-found`. */
export interface HandActs {
  /** @param body - A settings-file of the account that is published. */
  planPublish(body: Uint8Array): Promise<HandPlan>
  /** @param unit - The key of a campaign or feature that runs. */
  planStop(unit: string): Promise<HandPlan>
  /**
   * Publishes it as a new revision and pins it, in one step; `not-possible` when another one has been published since the plan.
   *
   * @param options.reason - Has to be there.
   * @param options.isEndingMeant - Whether most of what runs may end by it.
   */
  publish(
    plan: HandPlan,
    options: Actor & { readonly pinForMs: number; readonly isEndingMeant: boolean },
  ): Promise<ByHand>
}

/** What all acts that publish have in common. */
export interface Steps {
  /** What is published, and would be replaced. @throws {@link HubError} `not-possible` while nothing is */
  published(what: string): Promise<Published>
  impossible(what: string, why: string): HubError
  /** Publishes in place of that, and pins it in the same step. @throws {@link HubError} `not-possible` where that is not live any more */
  replace(
    what: string,
    from: Published,
    next: Pick<RollbackInput, 'what' | 'text' | 'meta' | 'summary'>,
    options: Actor & { readonly pinForMs: number },
  ): Promise<ByHand>
}

/** @param owner - Whose settings-files there are, where that is known; else the account of what is published. */
export function createHandActs(
  { name }: Pick<Environment, 'name'>,
  judging: Pick<Judging, 'judge' | 'without'>,
  { published, impossible, replace }: Steps,
  owner?: () => Owner,
): HandActs {
  async function plan(from: Published, trigger: HandPlan['trigger'], body: Uint8Array): Promise<HandPlan> {
    const { accountId } = from.meta
    const previous = previousOf(from.text, from.meta)
    const accepted = await check(judging, name, { body, owner: owner?.() ?? { accountId }, previous })
    if (accepted.sha256 === from.meta.sha256) throw impossible('publish by hand to', 'that is live already.')
    const ending = findSuspicion(accepted.ending, productOf(from.meta.product).unit)
    return { from, trigger, accepted, change: accepted.summary, ending }
  }

  return {
    planPublish: async (body) => await plan(await published('publish by hand to'), 'file', body),

    async planStop(unit) {
      const from = await published('stop something of')
      const stopped = await plan(from, 'stop', await judging.without(from.text, unit))
      return { ...stopped, change: `${nameOf(unit)} is stopped: ${stopped.change}` }
    },

    async publish({ from, trigger, accepted, change, ending }, { isEndingMeant, ...options }) {
      if ((options.reason ?? '').trim() === '') {
        throw impossible('publish by hand to', 'the audit needs the reason.')
      }
      if (ending !== undefined && !isEndingMeant) {
        throw impossible('publish by hand to', `${ending}, and nobody has said that this is meant.`)
      }
      const { sha256, bytes, units, accountId, text, warnings } = accepted
      const meta = {
        ...{ sha256, accountId, trigger, bytes: String(bytes) },
        ...publicCount(String(units)),
        judged: judgedText(sha256, warnings),
      }
      const next = { what: 'publish', text, meta, summary: `by hand: ${change}` } as const
      return await replace('publish by hand to', from, next, options)
    },
  }
}
