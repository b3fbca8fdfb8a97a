import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HubError } from '../../packages/hub/dist/errors.js'
import { type Hubs, running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server } = await redisForFile()

const many = Array.from({ length: 8 }, (_, index) => `campaign-${index}`)

/** What VWO or an operator does next; several at once, none waiting for the others. */
type Step =
  | { readonly kind: 'change'; readonly traffic: number; readonly isSmall: boolean }
  | { readonly kind: 'rollback'; readonly back: number; readonly pinForMs: number }
  | { readonly kind: 'pin'; readonly forMs: number }
  | { readonly kind: 'unpin' | 'release' | 'webhook' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      traffic: fc.integer({ min: 1, max: 99 }),
      isSmall: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('rollback' as const),
      back: fc.integer({ min: 1, max: 4 }),
      pinForMs: fc.constantFrom(0, 1000, 60_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pin' as const), forMs: fc.constantFrom(1000, 60_000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('unpin' as const, 'release' as const, 'webhook' as const) }),
  },
)

/** What may be answered when two operators act at once. */
async function ifPossible(act: Promise<unknown>): Promise<void> {
  await act.catch((error: HubError) => {
    if (!['not-possible', 'not-found'].includes(error.code)) throw error
  })
}

async function take({ acts, vwo }: Hubs, next: Step): Promise<void> {
  const actor = { as: 'operator' }
  switch (next.kind) {
    case 'change':
      await vwo.set(running(next.isSmall ? many.slice(0, 2) : many, next.traffic))
      return
    case 'webhook':
      await vwo.post()
      return
    case 'rollback':
      await ifPossible(
        acts
          .planRollback(`~${next.back}`)
          .then((plan) => acts.rollback(plan, { ...actor, pinForMs: next.pinForMs })),
      )
      return
    case 'pin':
      await ifPossible(acts.pin({ ...actor, forMs: next.forMs }))
      return
    case 'unpin':
      await ifPossible(acts.unpin(actor))
      return
    case 'release':
      await ifPossible(acts.release(actor))
  }
}

/** The audit stream is written in the same step as what it tells: it is the history of everything. */
function provePinsHeld(audit: Awaited<ReturnType<Hubs['audit']>>): void {
  let isPinned = false
  for (const { what, pinnedUntil } of audit) {
    if (what === 'pin' || (what === 'rollback' && pinnedUntil !== undefined)) isPinned = true
    if (what === 'unpin') isPinned = false
    if (what === 'publish') expect(isPinned).toBe(false)
    if (what === 'pinned') expect(isPinned).toBe(true)
  }
}

describe('given hubs, a VWO that changes, and operators who act all at once', () => {
  it('[invariant 2] revisions rise only, what is pinned stays, and no end of a pin is without its refresh', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 3, maxLength: 8 }),
        async (rounds) => {
          const hubs = await startHubs({
            url: server.url,
            hubs: 3,
            settings: running(many, 0),
            environment: { guard: { isOn: true, releaseAfterMs: 1000 } },
          })
          const subscriber = hubs.redis.duplicate()
          const announced: number[] = []
          subscriber.on('message', (_channel: string, message: string) => {
            announced.push((JSON.parse(message) as { revision: number }).revision)
          })
          try {
            await subscriber.subscribe(hubs.keys.updates)
            for (const round of rounds) await Promise.all(round.map((next) => take(hubs, next)))

            // VWO's last word, sent without a webhook: the refresh that the end of the pin asks for must bring it.
            await hubs.acts.pin({ as: 'operator', forMs: 60_000 })
            await hubs.vwo.set(running(many, 100), { announce: false })
            await hubs.acts.unpin({ as: 'operator' })
            await until(hubs.published, (text) => text?.includes('"percentTraffic":100') === true)
            await hubs.settled()

            const audit = await hubs.audit()
            provePinsHeld(audit)
            const revisions = audit.flatMap(({ revision }) =>
              revision === undefined ? [] : [Number(revision)],
            )
            expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
            await until(
              () => announced.at(-1),
              (last) => last === revisions.at(-1),
            )
            expect(announced).toEqual(revisions.slice(-announced.length))
            const { completed, requested, released } = await hubs.refresh()
            expect({ completed, released }).toEqual({ completed: requested, released: undefined })
            const { pinnedUntil, waiting, held, revision } = await hubs.meta()
            expect({ pinnedUntil, waiting, held }).toEqual({})
            expect(revision).toBe(String(revisions.at(-1)))
          } finally {
            subscriber.disconnect()
            await hubs.close()
          }
        },
      ),
      { numRuns: Number(process.env['RUNS'] ?? 6), endOnFailure: true },
    )
  }, 120_000)
})
