import type { Trigger } from '@vwo-hub/protocol'
import { check } from './check.ts'
import type { EnvironmentConfig } from '../config/hub-config.ts'
import { HubError } from '../errors.ts'
import type { FetchRequest, FetchResult } from './fetch.ts'
import { DEFAULT_GUARD, findSuspicion } from './guard.ts'
import type { Log } from '../log/log.ts'
import { movesBeforePublication } from './moves-before-publication.ts'
import { delayAfter } from './pace.ts'
import { judgedText, previousOf } from '../product/judged.ts'
import { createReplaced, type ReplacedOptions } from './replaced.ts'
import type { Accepted, Judging, Product } from '../product/product.ts'
import { publicCount } from '../product/public-names.ts'
import type { Large } from '../environment/announce.ts'
import type { Environment } from '../environment/environment.ts'
import { type Published, spokenOf } from '../environment/meta.ts'
import type { PublishResult, Recheck } from '../environment/publish.ts'
import type { RefreshState } from '../environment/refresh-commands.ts'

/** Not caused from outside, and never many. */
const PACED: ReadonlySet<Trigger> = new Set(['poll', 'recheck'])
/** Said of what was replaced lately, and is published again. */
const GONE_BACK = 'VWO has gone back to what was replaced lately, and has said so twice'
/** So many warnings are in one line of the log. */
const LOGGED = 5

export interface AttemptOptions extends ReplacedOptions {
  readonly environment: EnvironmentConfig
  readonly store: Environment
  readonly fetchSettings: (request: FetchRequest) => Promise<FetchResult>
  readonly product: Pick<Product, 'name' | 'unit'>
  readonly judging: Pick<Judging, 'judge' | 'preview'>
  readonly log: Log
}

/** One attempt, with the lease held. */
export interface AttemptInput {
  readonly token: string
  readonly state: RefreshState
  /** What is published, as far as this hub knows. */
  readonly stored: Published | undefined
  /** What becomes of the series of rechecks, should it bring nothing new. */
  readonly recheck: Recheck | undefined
  readonly signal: AbortSignal
  /** Redis' clock, Unix milliseconds. */
  readonly now: () => number
}

export interface AttemptResult {
  readonly result: Exclude<PublishResult['result'], 'moved'>
  /** Only with `published`. */
  readonly published?: Published
}

/** A settings-file that has been judged, and how it came. */
interface Candidate {
  readonly accepted: Accepted
  readonly bodyBytes: number
  /** Of the body, as it was sent. */
  readonly large: Large | undefined
  readonly etag: string | undefined
  readonly fetchedAt: string
}

/**
 * From VWO to Redis: fetch, judge, guard, publish.
 *
 * @returns Runs one attempt. Rejects with a {@link HubError}; nothing has been stored then.
 */
export function createAttempt(options: AttemptOptions): (input: AttemptInput) => Promise<AttemptResult> {
  const { environment, store, fetchSettings, product, judging, log } = options
  const { name } = environment
  const guard = environment.guard ?? DEFAULT_GUARD
  const replaced = createReplaced(options)
  let answered: { readonly sha256: string; readonly etag?: string } | undefined

  return async function attempt(input) {
    const { token, state, stored, recheck, signal, now } = input
    const fruitless = state.fruitless + 1
    const common = {
      attempt: { token, ticket: state.requested },
      knownRevision: Math.max(state.revision, stored?.revision ?? 0),
      // Polls and rechecks are paced already. Everything else that turns out to be needless is told to wait.
      delayMs: PACED.has(state.trigger) ? 0 : delayAfter('unchanged', fruitless),
      fruitless,
      recheck,
    }

    const isAnswered = answered !== undefined && answered.sha256 === stored?.meta.sha256
    const fetched = await ask(input, isAnswered ? answered?.etag : undefined)
    const at = timeOf(now())
    if (stored !== undefined && isAnswered && isStill(fetched, stored)) {
      const confirmed = await store.refresh.confirm({
        ...common,
        sha256: stored.meta.sha256,
        checkedAt: at,
        trigger: state.trigger,
      })
      if (confirmed) {
        log.debug({ revision: stored.revision, trigger: state.trigger }, 'unchanged')
        return { result: 'unchanged' }
      }
    }

    let candidate = await judgeFetched(fetched, at, input)
    const first = candidate.accepted
    const wasReplaced = first.sha256 !== stored?.meta.sha256 && state.replaced.includes(first.sha256)
    const isSuspicious = suspect(first) !== undefined && !isHeldOrReleased(first, state)
    if (wasReplaced || isSuspicious) {
      const { count, running } = first.ending
      log.info({ ending: count, running, wasReplaced }, 'suspicious, fetched once more')
      if (wasReplaced) await replaced.pause(signal)
      candidate = await judgeFetched(await ask(input), timeOf(now()), input)
    }
    const isSame = candidate.accepted.sha256 === first.sha256
    if (wasReplaced && !isSame) await replaced.outdated(first.sha256)

    const { accepted, fetchedAt } = candidate
    const suspicion = suspect(accepted)
    const change = await summarise(stored, accepted)
    const summary = wasReplaced && isSame ? `${change}; ${GONE_BACK}` : change
    const meta = {
      sha256: accepted.sha256,
      bytes: String(accepted.bytes),
      ...publicCount(String(accepted.units)),
      publishedAt: timeOf(now()),
      fetchedAt,
      checkedAt: fetchedAt,
      trigger: state.trigger,
      accountId: accepted.accountId,
      product: product.name,
      sdk: `${environment.sdk}/${environment.sdkVersion}`,
      judged: judgedText(accepted.sha256, accepted.warnings),
    }
    const time = now()
    const hold = suspicion !== undefined && {
      held: suspicion,
      heldSince: timeOf(time),
      heldUntil: timeOf(time + guard.releaseAfterMs),
    }
    const { result, revision } = await store.refresh.publish({
      ...common,
      text: accepted.text,
      // Unless something was dropped from its start.
      ...(candidate.bodyBytes === accepted.bytes && { large: candidate.large }),
      meta,
      summary,
      ...(hold && { hold }),
    })
    switch (result) {
      case 'moved':
        throw new HubError(
          'lease-lost',
          `What was fetched for "${name}" is not stored: another revision was published meanwhile. It is fetched again.`,
        )
      case 'pinned':
        if (stored?.meta.waitingSha256 !== accepted.sha256) log.warn({ summary }, 'pinned, so not published')
        return { result }
      case 'held':
        if (stored?.meta.heldSha256 !== accepted.sha256) log.warn({ ...hold, summary }, 'held back')
        return { result }
      case 'published':
      case 'unchanged':
        answered = {
          sha256: accepted.sha256,
          ...(candidate.etag !== undefined && { etag: candidate.etag }),
        }
        if (result === 'unchanged') return { result }
        log.info({ revision, trigger: state.trigger, bytes: accepted.bytes, summary }, 'published')
        tellWarnings(accepted)
        return {
          result,
          published: { revision, text: accepted.text, meta: { ...meta, ...spokenOf(meta.product) } },
        }
    }
  }

  async function ask({ state, signal }: AttemptInput, etag?: string): Promise<FetchResult> {
    return await fetchSettings({
      endpoint: isOfWebhook(state.trigger) ? 'pull' : 'settings',
      ...(etag !== undefined && { etag }),
      signal,
    })
  }

  function suspect({ ending }: Accepted): string | undefined {
    return guard.isOn ? findSuspicion(ending, product.unit) : undefined
  }

  /** Once for each publication: the summary has those that are new. */
  function tellWarnings({ warnings: { count, told } }: Accepted): void {
    if (count === 0) return
    const first = told.slice(0, LOGGED).map(({ text }) => text)
    log.warn({ warnings: first, count }, 'published with faults that the SDK survives')
  }

  async function summarise(stored: Published | undefined, { text, summary }: Accepted): Promise<string> {
    if (environment.preview !== true || stored === undefined) return summary
    const texts = { previous: stored.text, next: text }
    const moves = await movesBeforePublication({ judging, environment: name, log }, texts)
    return moves === undefined ? summary : `${summary}; ${moves}`
  }

  async function judgeFetched(
    fetched: FetchResult,
    fetchedAt: string,
    { signal, stored }: AttemptInput,
  ): Promise<Candidate> {
    if (fetched.kind !== 'body') {
      // Something else is stored than what VWO confirmed: ask for the whole file.
      answered = undefined
      throw new HubError(
        'vwo-unreachable',
        `VWO confirmed settings of "${name}" that Redis no longer has. The whole file is fetched next.`,
      )
    }
    const { body, etag } = fetched
    const previous = stored && previousOf(stored.text, stored.meta)
    const { accountId, sdkKey } = environment // The key may be another one than at the start.
    const candidate = { body, owner: { accountId, sdkKey }, previous, signal }
    // Side by side, each in a thread of its own.
    const work = Promise.all([check(judging, name, candidate), store.refresh.prepare(body)])
    const [accepted, large] = await unlessAborted(signal, work)
    return { accepted, bodyBytes: body.length, large, etag, fetchedAt }
  }
}

/** VWO has an endpoint of its own for those who get its webhooks. */
const isOfWebhook = (trigger: Trigger): boolean => trigger === 'webhook' || trigger === 'recheck'

/** What goes on after the signal is not waited for: a verdict may take seconds. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let abort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Bytes are compared, which takes no time beside a checksum of megabytes. */
function isStill(fetched: FetchResult, { text }: Published): boolean {
  return fetched.kind === 'not-modified' || Buffer.compare(fetched.body, text) === 0
}

/** Then a second fetch has confirmed it already. */
function isHeldOrReleased({ sha256 }: Accepted, { meta, released }: RefreshState): boolean {
  return sha256 === meta?.heldSha256 || sha256 === released
}

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString()
