/**
 * What previews and explanations of FME say, decided in the thread of the test: the hub starts a thread or three for each, and
 * to load the SDK there costs more than to decide for a few users.
 *
 * @module
 */
import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { afterAll } from 'vitest'
import type { FmeSdk } from '../../packages/hub/dist/product/fme/dry-run/sdk.js'
import { createStart } from '../../packages/hub/dist/product/fme/dry-run/start-client.js'
import { explainOne } from '../../packages/hub/dist/product/fme/explain/explain-one.js'
import { decideAll } from '../../packages/hub/dist/product/fme/preview/decide-all.js'
import { planComparisons } from '../../packages/hub/dist/product/fme/preview/plan.js'
import { populationsOf } from '../../packages/hub/dist/product/fme/preview/populations.js'
import { createAccepts, segmentsWith } from '../../packages/hub/dist/product/fme/segments.js'
import { compare, jobsOf, withPopulations } from '../../packages/hub/dist/product/preview/preview-moves.js'
import { syntheticUsers, type User } from '../../packages/hub/dist/product/users.js'
import { copyFmeSdk } from './fme-copy.ts'

const textOf = (file: SettingsFile): Buffer => Buffer.from(JSON.stringify(file))

/** For the file of tests that calls this, at its top. */
export function fmeInThisThread(sdk: unknown = copyFmeSdk()) {
  const { setTimeout } = globalThis
  const start = createStart(sdk as FmeSdk)
  afterAll(() => void (globalThis.setTimeout = setTimeout))

  return {
    start,

    /** @returns Whom a change moves, of each feature that may decide otherwise. */
    async preview(previous: SettingsFile, next: SettingsFile, users: readonly User[] = syntheticUsers(10)) {
      const segments = segmentsWith(createAccepts(start, [...next.features, ...previous.features]))
      const planned = await withPopulations(planComparisons(previous, next), users, {
        populationsOf: (comparison) => populationsOf(comparison, segments),
        endAt: Number.POSITIVE_INFINITY,
      })
      const picksOf = async (file: SettingsFile, side: 'before' | 'after') =>
        await decideAll(start, {
          ...{ text: textOf(file), jobs: jobsOf(planned, side), users },
          progress: new Int32Array(1),
        })
      const [before, after] = [await picksOf(previous, 'before'), await picksOf(next, 'after')]
      return compare(planned, { before, after }, users).units
    },

    explain: async (file: SettingsFile, unit: string, { id, ...user }: User) =>
      await explainOne(start, { text: textOf(file), unit, userId: id, ...user }),
  }
}
