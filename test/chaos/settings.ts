import { createHash } from 'node:crypto'
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
  { size = 'small', isGood = true }: { readonly size?: Size; readonly isGood?: boolean } = {},
): Edition {
  // A list is a list, so that it is stored as it is, byte by byte.
  const goals: [] = []
  const campaigns = [
    featureRollout('serial', { goals, variables: [variable('serial', serial, 'integer')] }),
    decidesFor('variation', variationOf(serial)),
    ...(isOddOf(serial) ? [featureRollout('odd', { goals })] : []),
    ...(size === 'large' ? [featureRollout('padding', { goals, variables: [padding(serial)] })] : []),
    ...(isGood ? [] : [{ ...decidesFor('broken', 'x'), variations: [null] }]),
  ]
  const text = JSON.stringify(
    settingsFile({
      campaigns,
      isNB: serial % 5 < 2,
      ...(serial % 11 === 0 && { collectionPrefix: 'eu01' }),
    }),
  )
  return { serial, text, sha256: sha256Of(text), isGood }
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
