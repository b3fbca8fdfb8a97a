import { Redis } from 'ioredis'
import { keysOf, sha256Of } from '@vwo-hub/protocol'
import type { Accepted, Candidate } from '../../packages/hub/dist/product/product.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import type { Log } from '../../packages/hub/dist/log/log.js'
import type { Environment } from '../../packages/hub/dist/environment/environment.js'
import type { RefreshCommands } from '../../packages/hub/dist/environment/refresh-commands.js'
import { openStore } from '../../packages/hub/dist/environment/store.js'
import { createRefresher, type Refresher } from '../../packages/hub/dist/flow/refresh.js'
import { environmentConfig, silentLog } from './hub-config.ts'

/** One refresher with a connection of its own, as each hub of a cluster has. */
export interface RefresherUnderTest {
  readonly refresher: Refresher
  readonly handle: Environment
  /** Ends it as a crash does: nothing is finished, nothing is given back. */
  crash(): void
}

/** The VWO of these tests: what it answers now, and what it has been asked. */
export interface FakeVwo {
  content: string
  readonly asked: {
    readonly endpoint: string
    readonly by: number
    readonly at: number
    readonly etag: string | undefined
    readonly signal: AbortSignal
  }[]
  /** Lets answers through; while `false`, requests wait. */
  isAnswering: boolean
  failure: Error | undefined
  answer(by: number, endpoint: string, signal: AbortSignal, etag?: string): Promise<string>
}

export function createFakeVwo(content: string): FakeVwo {
  const waiting: (() => void)[] = []
  let isAnswering = true
  return {
    content,
    asked: [],
    failure: undefined,
    get isAnswering() {
      return isAnswering
    },
    set isAnswering(value) {
      isAnswering = value
      if (value) for (const go of waiting.splice(0)) go()
    },
    async answer(by, endpoint, signal, etag) {
      this.asked.push({ endpoint, by, at: performance.now(), etag, signal })
      const asItWas = this.content
      if (!isAnswering) {
        await new Promise<void>((resolve, reject) => {
          waiting.push(resolve)
          signal.addEventListener('abort', () => reject(signal.reason as Error))
        })
      }
      if (this.failure !== undefined) throw this.failure
      return asItWas
    },
  }
}

export interface ClusterOfRefreshers {
  readonly members: readonly RefresherUnderTest[]
  readonly observer: Redis
  readonly keys: ReturnType<typeof keysOf>
  close(): Promise<void>
}

/** Several hubs' refreshers for one environment on one Redis, with one VWO. */
export async function startRefreshers(options: {
  readonly url: string
  readonly environment: string
  readonly vwo: FakeVwo
  readonly count?: number
  readonly pollIntervalMs?: number
  /** What each refresher has for the commands of its environment. Default: the commands themselves. */
  readonly wrap?: (refresh: RefreshCommands) => RefreshCommands
  /** Default: takes everything. */
  readonly judge?: (body: string) => Promise<Accepted>
  /** Default: as in production. */
  readonly recheckGapsMs?: readonly number[]
  readonly replacedPauseMs?: number
  /** Default: silent. */
  readonly log?: Log
}): Promise<ClusterOfRefreshers> {
  const { url, environment, vwo, count = 1, pollIntervalMs = 0, wrap = (refresh) => refresh } = options
  const { judge = acceptedOf, log = silentLog, recheckGapsMs, replacedPauseMs } = options
  const keys = keysOf(environment)
  const members = await Promise.all(Array.from({ length: count }, (_, index) => startOne(index)))
  const observer = new Redis(url)

  async function startOne(index: number): Promise<RefresherUnderTest> {
    const store = openStore(
      { kind: 'standalone', url },
      { name: `hub-${index}`, prefix: 'vwo', onReady: () => refresher.reconcile() },
    )
    const own = store.environment(environment)
    const handle = { ...own, refresh: wrap(own.refresh) }
    const refresher = createRefresher({
      environment: environmentConfig({ name: environment, accountId: '1', sdkKey: 'key' }),
      store: handle,
      fetchSettings: async ({ endpoint, signal, etag }) => {
        const body = Buffer.from(
          await vwo.answer(index, endpoint, signal ?? new AbortController().signal, etag),
        )
        return { kind: 'body', body, bytes: body.length, durationMs: 0, etag: `"${sha256Of(body)}"` }
      },
      product: defaultProduct,
      judging: {
        judge: async ({ body, previous }: Candidate) => ({
          ...(await judge(String(body))),
          summary: previous === undefined ? 'first settings' : 'changed',
        }),
        preview: () => Promise.reject(new Error('nobody asks for it')),
      },
      pollIntervalMs,
      ...(recheckGapsMs && { recheckGapsMs }),
      ...(replacedPauseMs !== undefined && { replacedPauseMs }),
      log,
    })
    await store.connect()
    refresher.start()
    return { refresher, handle, crash: store.close }
  }

  return {
    members,
    observer,
    keys,
    async close() {
      vwo.isAnswering = true
      await Promise.all(members.map(({ refresher }) => refresher.close(0)))
      for (const { crash } of members) crash()
      observer.disconnect()
    },
  }
}

/** The verdict on a text that is taken. */
export async function acceptedOf(text: string): Promise<Accepted> {
  return {
    ok: true,
    text: Buffer.from(text),
    sha256: sha256Of(text),
    bytes: Buffer.byteLength(text),
    units: 0,
    accountId: '1',
    summary: '',
    warnings: { count: 0, told: [] },
    ending: { count: 0, running: 0, named: [] },
  }
}
