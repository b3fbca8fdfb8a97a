/**
 * Whom a change moves, foretold for each kind of users, against very many users who are decided for one by one.
 * `MOVES_PAIRS` gives how many pairs of settings-files: the same 3 unless given, 500 take some minutes.
 */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import * as fc from 'fast-check'
import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { afterAll, describe, expect, it } from 'vitest'
import { loadEvaluator } from '../../packages/hub/dist/product/fullstack/dry-run/load-sdk.js'
import { decideAll } from '../../packages/hub/dist/product/fullstack/preview/decide-all.js'
import { compare, jobsOf, withPopulations } from '../../packages/hub/dist/product/preview/preview-moves.js'
import { movingShareOf } from '../../packages/hub/dist/product/preview/preview.js'
import { planComparisons } from '../../packages/hub/dist/product/fullstack/preview/plan.js'
import { populationsOf } from '../../packages/hub/dist/product/fullstack/preview/populations.js'
import { syntheticUsers } from '../../packages/hub/dist/product/users.js'
import { editedPairs, is } from '../support/edited-arbitrary.ts'
import { copySdk, type SdkCopy, launchQuietly, silent } from '../support/sdk-copy.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { stored } from '../support/stored-settings.ts'

const PAIRS = Number(process.env['MOVES_PAIRS'] ?? 3)
const BRUTE = PAIRS > 3 ? 20_000 : 600
const SAMPLE = PAIRS > 3 ? 2000 : 250

const require = createRequire(import.meta.url)
const evaluate = loadEvaluator(dirname(require.resolve('vwo-node-sdk/package.json')))
// An evaluator takes the words from the SDK, for good: in the hub it has a thread of its own.
const messages = require('vwo-node-sdk/lib/utils/LogMessageUtil') as object
const words = { ...messages }
afterAll(() => void Object.assign(messages, words))

const pick = <T>(list: readonly T[], number: number): T => list[number % list.length] as T

/** Users as they come: every combination of what the segments ask for, and of what they do not. */
const crowd = Array.from({ length: BRUTE }, (_, index) => {
  const rest = Math.floor(index / 5)
  const plan = pick([undefined, 'gold', 'silver', 'free', 'bold'], index)
  const visits = pick([undefined, '2', '4', '5', '8', '12'], rest)
  const country = pick([undefined, 'DE', 'FR'], Math.floor(rest / 6))
  const tester = pick([undefined, undefined, undefined, 'yes'], Math.floor(rest / 18))
  const given = { ...(plan && { plan }), ...(visits && { visits }), ...(country && { country }) }
  return {
    id: `user-${index + 1}`,
    customVariables: given,
    variationTargetingVariables: tester ? { tester } : {},
  }
})

const quiet = { build: () => '' }

/** A fresh SDK. Half the time of a decision goes into messages for a log that nobody reads here. */
function freshSdk() {
  const { sdk, inside } = copySdk()
  Object.assign(inside('utils/LogMessageUtil') as object, quiet)
  return sdk
}

function answersOf(sdk: SdkCopy, file: SettingsFile): (key: string) => (string | undefined)[] {
  const settings = { settingsFile: structuredClone(file), isDevelopmentMode: true, logging: silent }
  const vwo = launchQuietly(sdk, settings)
  return (key) =>
    crowd.map(({ id, ...options }) => (vwo.getVariationName(key, id, options) as string | null) ?? undefined)
}

/** What a preview says, without its threads. */
async function foretold(
  sdks: { before: SdkCopy; after: SdkCopy },
  before: SettingsFile,
  after: SettingsFile,
) {
  const users = syntheticUsers(SAMPLE)
  const planned = await withPopulations(planComparisons(before, after), users, {
    populationsOf: (comparison) => populationsOf(comparison, evaluate),
    endAt: Number.POSITIVE_INFINITY,
  })
  const picks = async (file: SettingsFile, side: 'before' | 'after') => {
    const launch = (config: object) => launchQuietly(sdks[side], config)
    const text = Buffer.from(JSON.stringify(file))
    return await decideAll(
      { launch },
      {
        text,
        jobs: jobsOf(planned, side),
        users,
        progress: new Int32Array(1),
      },
    )
  }
  return compare(
    planned,
    { before: await picks(before, 'before'), after: await picks(after, 'after') },
    users,
  )
}

describe('of settings-files that were edited', () => {
  it('the foretold share and direction hold for very many users of each kind', async () => {
    await fc.assert(
      fc.asyncProperty(editedPairs, async ([previous, next]) => {
        const [before, after] = [stored(previous), stored(next)]
        const sdks = { before: freshSdk(), after: freshSdk() }
        const { units } = await foretold(sdks, before, after)
        const [got, gets] = [answersOf(sdks.before, before), answersOf(sdks.after, after)]
        for (const key of ['checkout', 'menu']) {
          const [from, to] = [got(key), gets(key)]
          const unit = units.find((each) => each.unit === key)
          const moved = from.filter((name, index) => name !== to[index]).length
          if (moved === 0) continue
          if (unit !== undefined && unit.unknown.length > 0) continue
          expect([key, unit === undefined ? 0 : movingShareOf(unit)]).not.toEqual([key, 0])
          const [old, now] = [before, after].map(
            (file) => file.campaigns.find((each) => each.key === key)?.segments,
          )
          for (const [fitsOld, fitsNow, fits] of [
            [true, true, 'both'],
            [true, false, 'before'],
            [false, true, 'after'],
            [false, false, 'neither'],
          ] as const) {
            const isOfKind = crowd.map(
              ({ customVariables }) =>
                evaluate(old ?? {}, customVariables) === fitsOld &&
                evaluate(now ?? {}, customVariables) === fitsNow,
            )
            const count = isOfKind.filter(Boolean).length
            const populations =
              unit?.populations.filter(
                (each) => each.fits === fits || (each.fits === 'all' && fits === 'both'),
              ) ?? []
            if (unit?.unknown.includes(fits) === true) continue
            if (count > 0) expect([fits, populations.length]).not.toEqual([fits, 0])
            if (count < 60) continue
            for (const direction of ['enter', 'leave', 'change'] as const) {
              const counted = from.filter((name, index) => {
                if (isOfKind[index] !== true || name === to[index]) return false
                return (
                  direction === (name === undefined ? 'enter' : to[index] === undefined ? 'leave' : 'change')
                )
              }).length
              const shares = populations.map((each) => each[direction] / each.users)
              // What samples of these sizes deviate by.
              const off = 4 * Math.sqrt(0.25 / count + 0.25 / SAMPLE)
              expect([key, fits, direction, counted / count >= Math.min(...shares) - off]).toEqual([
                key,
                fits,
                direction,
                true,
              ])
              expect([key, fits, direction, counted / count <= Math.max(...shares) + off]).toEqual([
                key,
                fits,
                direction,
                true,
              ])
            }
          }
        }
      }),
      { numRuns: PAIRS, ...(PAIRS === 3 && { seed: 42 }) },
    )
  }, 600_000)
})

describe('kinds of users', () => {
  const kinds = async (before: object, after: object) => {
    const file = (own: object) => stored(settingsFile({ campaigns: [abTest('a', { segments: own })] }))
    const [comparison] = planComparisons(file(before), file(after))
    if (comparison === undefined) throw new Error('nothing to compare')
    const { populations, unknown } = await populationsOf(comparison, evaluate)
    return { fits: populations.map(({ fits }) => fits), unknown }
  }
  const gold = is('plan', 'gold')

  it.each([
    ['opened to all', gold, {}, ['both', 'after']],
    ['closed to some', {}, gold, ['both', 'before']],
    [
      'another plan or a country',
      gold,
      { or: [is('plan', 'silver'), is('country', 'DE')] },
      ['both', 'before', 'after', 'neither'],
    ],
    ['narrowed', gold, { and: [gold, is('visits', 'gt(3)')] }, ['both', 'before', 'neither']],
    ['negated', gold, { not: gold }, ['before', 'after']],
    [
      'the other side of a number',
      is('visits', 'gt(3)'),
      is('visits', 'lt(9)'),
      ['both', 'before', 'after', 'neither'],
    ],
  ])('are found of a segment that is %s', async (_, before, after, fits) => {
    const found = await kinds(before, after)
    expect({
      ...found,
      fits: found.fits.filter((each) => each !== 'neither' || fits.includes(each)),
    }).toEqual({ fits, unknown: [] })
  })

  it('are made for an expression', async () => {
    expect(await kinds(gold, is('mail', 'regex(^[a-z]+@example\\.(com|org)$)'))).toEqual({
      fits: ['both', 'before', 'after', 'neither'],
      unknown: [],
    })
  })

  it('are made of what one condition says in another case than the other', async () => {
    const either = { or: [{ not: is('plan', 'wildcard(*ol*)') }, { not: is('plan', 'lower(GOLD)') }] }
    expect((await kinds(either, is('visits', 'gt(3)'))).fits).toEqual(['both', 'before', 'after', 'neither'])
  })

  it('are made for each alternative of one', async () => {
    expect((await kinds(gold, { not: is('plan', 'regex(^(gold|free)$)') })).fits).toEqual([
      'before',
      'after',
      'neither',
    ])
  })

  it('are called unknown where none can be made, instead of nobody', async () => {
    expect((await kinds(gold, is('mail', 'regex(^(?=.*xyz)(?=.*abc).{12}$)'))).unknown).toEqual([
      'both',
      'after',
    ])
  })
})
