import { createHash } from 'node:crypto'
import type { ProductName } from '@vwo-hub/protocol'
import { abTest, fmeSettings, rollout } from '../support/fme-settings.ts'
import { decidesFor, featureRollout, settingsFile, variable } from '../support/settings-file.ts'

/** What one node decides: of these three answers each says which settings-file it was made by. */
export interface Decided {
  readonly serial: unknown
  readonly variation: unknown
  readonly isOdd: unknown
}

/** One settings-file of the simulated VWO. */
export interface Edition {
  /** Rises with each. */
  readonly serial: number
  readonly text: string
  readonly sha256: string
  /** Whether it has to be published. */
  readonly isGood: boolean
  /** Where it has not: whether it may be. What apps decide by is good in it. */
  readonly isTolerated?: boolean
}

export type Size = 'small' | 'large'

/** Whose settings all of them are. */
export const account = { accountId: 123_456, sdkKey: 'a'.repeat(32) }

/** Past the limit up to which settings travel in messages, and past what the cache file of some nodes may hold. */
const largeBytes = 150_000

/**
 * Each edition makes every answer of {@link Decided} another one, takes a campaign away or brings it back, and now and
 * then has what makes a client launch its SDK anew.
 *
 * @param options.isGood - False: it is valid JSON, but the SDK throws on it. Default true.
 */
export function editionOf(
  serial: number,
  options: { readonly size?: Size; readonly isGood?: boolean } = {},
  product: ProductName = 'fullstack',
): Edition {
  const { isGood = true } = options
  const text = JSON.stringify(product === 'fme' ? featuresOf(serial, options) : campaignsOf(serial, options))
  return { serial, text, sha256: sha256Of(text), isGood }
}

type Options = NonNullable<Parameters<typeof editionOf>[1]>

function campaignsOf(serial: number, { size = 'small', isGood = true }: Options): object {
  // A list is a list, so that it is stored as it is, byte by byte.
  const goals: [] = []
  const campaigns = [
    featureRollout('serial', { goals, variables: [variable('serial', serial, 'integer')] }),
    decidesFor('variation', variationOf(serial)),
    ...(isOddOf(serial) ? [featureRollout('odd', { goals })] : []),
    ...(size === 'large' ? [featureRollout('padding', { goals, variables: [padding(serial)] })] : []),
    ...(isGood ? [] : [{ ...decidesFor('broken', 'x'), variations: [null] }]),
  ]
  return settingsFile({
    campaigns,
    isNB: serial % 5 < 2,
    ...(serial % 11 === 0 && { collectionPrefix: 'eu01' }),
  })
}

/** The same of FME. */
function featuresOf(serial: number, { size = 'small', isGood = true }: Options): object {
  const said = (key: string, type: string, value: unknown) => [{ id: 1, key, type, value }]
  const own = { id: 1, name: 'only', weight: 100, segments: {} }
  const test = abTest({
    variations: [{ ...own, variables: said('name', 'string', variationOf(serial)) }],
    salt: serial % 5 < 2 ? 'one' : 'two',
  })
  const noise = said('noise', 'string', padding(serial).value)
  return fmeSettings(
    [
      { key: 'serial', rules: [rollout({ variables: said('serial', 'integer', serial) })] },
      { key: 'variation', rules: [rollout(), test] },
      ...(isOddOf(serial) ? [{ key: 'odd' }] : []),
      ...(size === 'large' ? [{ key: 'padding', rules: [rollout({ variables: noise })] }] : []),
      ...(isGood ? [] : [{ key: 'broken', rules: [abTest({ variations: [] })] }]),
    ],
    { ...account, ...(serial % 11 === 0 && { collectionPrefix: 'eu01' }) },
  )
}

/** What every node decides by this edition. */
export function decisionsOf(serial: number): Decided {
  return { serial, variation: variationOf(serial), isOdd: isOddOf(serial) }
}

/** What a node without settings decides. */
export const undecided: Decided = { serial: null, variation: null, isOdd: false }

/** @returns Undefined for what is not an edition. */
export function serialOf(text: string): number | undefined {
  const serial = /"key":"serial","type":"integer","value":(\d+)/.exec(text)?.[1]
  return serial === undefined ? undefined : Number(serial)
}

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

const variationOf = (serial: number): string => `v${serial % 7}`
const isOddOf = (serial: number): boolean => serial % 2 === 1

/** Hardly compressible, so that it is large on the wire too. */
function padding(serial: number) {
  let noise = ''
  for (let part = 0; noise.length < largeBytes; part += 1) noise += sha256Of(`${serial} ${part}`)
  return variable('noise', noise)
}
