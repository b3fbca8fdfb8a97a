import { PROTOCOL, sha256Of } from '@vwo-hub/protocol'
import type { Checked } from './check.ts'
import type { EnvironmentConfig } from '../config/hub-config.ts'
import { HubError } from '../errors.ts'
import type { FetchRequest, FetchResult } from './fetch.ts'
import { DEFAULT_GUARD, type Suspicion } from './guard.ts'
import type { Log } from '../log/log.ts'
import { delayAfter } from './pace.ts'
import type { Large } from '../environment/large.ts'
import type { Published, PublishResult, RefreshState, Store } from '../environment/store.ts'

export interface AttemptOptions {
  readonly environment: EnvironmentConfig
  readonly store: Store
  readonly fetchSettings: (request: FetchRequest) => Promise<FetchResult>
  readonly check: (body: Uint8Array | string) => Promise<Checked>
  /** The guard: what is against publishing the next settings-file, if anything. */
  readonly suspect: (previous: Published | undefined, next: Checked) => Suspicion | undefined
  readonly summarise: (previous: Published | undefined, next: Checked) => string | Promise<string>
  readonly log: Log
}

/** One attempt, with the lease held. */
export interface AttemptInput {
  readonly token: string
  readonly state: RefreshState
  /** What is published, as far as this hub knows. */
  readonly stored: Published | undefined
  readonly signal: AbortSignal
  /** Redis' clock, Unix milliseconds. */
  readonly now: () => number
}

export interface AttemptResult {
  readonly result: Exclude<PublishResult['result'], 'moved'>
  /** Only with `published`. */
  readonly published?: Published
}

/** A settings-file that has passed the check, and how it came. */
interface Candidate {
  readonly checked: Checked
  readonly bodySha256: string
  /** Of the body, as it was sent. */
  readonly large: Large | undefined
  readonly etag: string | undefined
  readonly fetchedAt: string
}

/**
 * From VWO to Redis: fetch, check, guard, store.
 *
 * @returns Runs one attempt. Rejects with a {@link HubError}; nothing has been stored then.
 */
export function createAttempt(options: AttemptOptions): (input: AttemptInput) => Promise<AttemptResult> {
  const { environment, store, fetchSettings, check, suspect, summarise, log } = options
  const { releaseAfterMs } = environment.guard ?? DEFAULT_GUARD
  let answered: { readonly bodySha256: string; readonly sha256: string; readonly etag?: string } | undefined

  return async function attempt(input) {
    const { token, state, stored, now } = input
    const fruitless = state.fruitless + 1
    const common = {
      attempt: { token, ticket: state.requested },
      knownRevision: Math.max(state.revision, stored?.revision ?? 0),
      // A poll is paced already. Everything else that turns out to be needless is told to wait.
      delayMs: state.trigger === 'poll' ? 0 : delayAfter('unchanged', fruitless),
      fruitless,
    }

    const isAnswered = answered !== undefined && answered.sha256 === stored?.meta.sha256
    const fetched = await ask(input, isAnswered ? answered?.etag : undefined)
    const bodySha256 = fetched.kind === 'body' ? sha256Of(fetched.body) : answered?.bodySha256
    const at = timeOf(now())
    if (stored !== undefined && isAnswered && bodySha256 === answered?.bodySha256) {
      const confirmed = await store.confirm({ ...common, sha256: stored.meta.sha256, checkedAt: at })
      if (confirmed) {
        log.debug({ revision: stored.revision, trigger: state.trigger }, 'unchanged')
        return { result: 'unchanged' }
      }
    }

    let candidate = await checkFetched(fetched, at, input)
    let suspicion = suspect(stored, candidate.checked)
    if (suspicion !== undefined && !isHeldOrReleased(candidate.checked, state)) {
      log.info({ ending: suspicion.ending, running: suspicion.running }, 'suspicious, fetched once more')
      candidate = await checkFetched(await ask(input), timeOf(now()), input)
      suspicion = suspect(stored, candidate.checked)
    }

    const { checked, fetchedAt } = candidate
    const summary = await summarise(stored, checked)
    const meta = {
      sha256: checked.sha256,
      bytes: String(checked.bytes),
      campaigns: String(checked.campaigns),
      publishedAt: timeOf(now()),
      fetchedAt,
      checkedAt: fetchedAt,
      trigger: state.trigger,
      accountId: checked.accountId,
      sdk: `${environment.sdk}/${environment.sdkVersion}`,
    }
    const hold = suspicion && {
      held: suspicion.held,
      heldSince: timeOf(now()),
      heldUntil: timeOf(now() + releaseAfterMs),
    }
    const { result, revision } = await store.publish({
      ...common,
      text: checked.text,
      // Unless the text was written anew.
      ...(candidate.bodySha256 === checked.sha256 && { large: candidate.large }),
      meta,
      summary,
      ...(hold && { hold }),
    })
    switch (result) {
      case 'moved':
        throw new HubError(
          'lease-lost',
          `What was fetched for "${environment.name}" is not stored: another revision was published meanwhile. It is fetched again.`,
        )
      case 'pinned':
        if (stored?.meta.waitingSha256 !== checked.sha256) log.warn({ summary }, 'pinned, so not published')
        return { result }
      case 'held':
        if (stored?.meta.heldSha256 !== checked.sha256) log.warn({ ...hold, summary }, 'held back')
        return { result }
      case 'published':
      case 'unchanged':
        answered = {
          bodySha256: candidate.bodySha256,
          sha256: checked.sha256,
          ...(candidate.etag !== undefined && { etag: candidate.etag }),
        }
        if (result === 'unchanged') return { result }
        log.info({ revision, trigger: state.trigger, bytes: checked.bytes, summary }, 'published')
        return {
          result,
          published: { revision, text: checked.text, meta: { ...meta, protocol: String(PROTOCOL) } },
        }
    }
  }

  async function ask({ state, signal }: AttemptInput, etag?: string): Promise<FetchResult> {
    return await fetchSettings({
      endpoint: state.trigger === 'webhook' ? 'pull' : 'settings',
      ...(etag !== undefined && { etag }),
      signal,
    })
  }

  async function checkFetched(
    fetched: FetchResult,
    fetchedAt: string,
    { signal }: AttemptInput,
  ): Promise<Candidate> {
    if (fetched.kind !== 'body') {
      // Something else is stored than what VWO confirmed: ask for the whole file.
      answered = undefined
      throw new HubError(
        'vwo-unreachable',
        `VWO confirmed settings of "${environment.name}" that Redis no longer has. The whole file is fetched next.`,
      )
    }
    const { body, etag } = fetched
    // Side by side: one is this thread's work and the dry run's, the other that of a third.
    const [checked, large] = await unlessAborted(signal, Promise.all([check(body), store.prepare(body)]))
    return { checked, bodySha256: sha256Of(body), large, etag, fetchedAt }
  }
}

/** What goes on after the signal is not waited for: a check may take seconds. */
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

/** Then a second fetch has confirmed it already. */
function isHeldOrReleased({ sha256 }: Checked, { meta, released }: RefreshState): boolean {
  return sha256 === meta?.heldSha256 || sha256 === released
}

const timeOf = (milliseconds: number): string => new Date(milliseconds).toISOString()
