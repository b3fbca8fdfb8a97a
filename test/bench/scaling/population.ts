/**
 * Thousands of nodes as Redis sees them: bare clients in a process of their own.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { guard } from '../support/child.ts'

export interface Pace {
  /** Milliseconds between two reads of the revision, jittered by a tenth; undefined: none. */
  readonly checkIntervalMs?: number
  /** Milliseconds between two reports, jittered by a tenth; undefined: none. */
  readonly reportIntervalMs?: number
}

export interface Newcomers {
  readonly host: string
  readonly port: number
  readonly environment: string
  readonly count: number
  readonly isCluster: boolean
  readonly isReporting: boolean
  /** They connect at random moments within this many milliseconds. */
  readonly withinMs: number
}

export type Order =
  | (Newcomers & {
      readonly order: 'start'
      readonly identity: Readonly<Record<string, string>>
    })
  | (Pace & { readonly order: 'pace' })
  | { readonly order: 'usage' }

export type Told =
  | { readonly told: 'ready' | 'paced' }
  /** All that there are follow now. */
  | { readonly told: 'following'; readonly at: number; readonly count: number }
  | { readonly told: 'revision'; readonly revision: number; readonly times: readonly number[] }
  | { readonly told: 'usage'; readonly cpuSeconds: number; readonly timeouts: number }

export interface Population {
  /** Resolves when all of them follow. @returns When the last one did, Unix milliseconds. */
  join(newcomers: Newcomers): Promise<number>
  /** Resolves when every node has reconnected once more. @returns When the last one had, Unix milliseconds. */
  rejoined(): Promise<number>
  pace(pace: Pace): Promise<void>
  /** Resolves when every node has the revision. @returns When each had it, Unix milliseconds, in order. */
  have(revision: number): Promise<readonly number[]>
  /** Of the process, since its start. */
  usage(): Promise<{ readonly cpuSeconds: number; readonly timeouts: number }>
  end(): void
}

/** What a node says of itself, besides its revision. */
export const identityReported = {
  state: 'ready',
  appliedAt: '2026-01-01T00:00:00.000Z',
  lagMs: '12',
  host: 'checkout-7d9f8c-x2x9z',
  pid: '1234',
  sdk: 'vwo-node-sdk/1.73.0',
  client: '0.1.0',
}

export async function startPopulation(): Promise<Population> {
  const child = fork(fileURLToPath(new URL('bare-clients.ts', import.meta.url)), [], {
    serialization: 'advanced',
  })
  void guard(child)
  const listeners = new Set<(told: Told) => void>()
  const revisions = new Map<number, readonly number[]>()
  child.on('message', (told: Told) => {
    if (told.told === 'revision') revisions.set(told.revision, told.times)
    for (const listener of listeners) listener(told)
  })
  const next = <T>(pick: (told: Told) => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null): void =>
        reject(new Error(`the process of the bare clients ended with ${code}`))
      const listener = (told: Told): void => {
        const picked = pick(told)
        if (picked === undefined) return
        listeners.delete(listener)
        child.off('exit', ended)
        resolve(picked)
      }
      listeners.add(listener)
      child.once('exit', ended)
    })
  const order = (what: Order): void => void child.send(what)
  let members = 0

  const allFollow = (): Promise<number> =>
    next((told) => (told.told === 'following' && told.count === members ? told.at : undefined))

  await next((told) => (told.told === 'ready' ? true : undefined))
  return {
    async join(newcomers) {
      members += newcomers.count
      const all = allFollow()
      order({ order: 'start', ...newcomers, identity: identityReported })
      return await all
    },
    rejoined: allFollow,
    async pace(pace) {
      const paced = next((told) => (told.told === 'paced' ? true : undefined))
      order({ order: 'pace', ...pace })
      await paced
    },
    async have(revision) {
      const times = revisions.get(revision)
      if (times !== undefined) return times
      return await next((told) =>
        told.told === 'revision' && told.revision === revision ? told.times : undefined,
      )
    },
    async usage() {
      const usage = next((told) => (told.told === 'usage' ? told : undefined))
      order({ order: 'usage' })
      return await usage
    },
    end: () => child.kill('SIGKILL'),
  }
}
