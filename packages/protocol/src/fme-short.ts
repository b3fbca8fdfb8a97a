import { fault, type Look, ownValue, within } from './look.ts'

/**
 * Names that the SDK reads in place of the long ones, whatever those have. VWO sends none of them.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/models`, and 1.60.0 for `holdout`
 */
const short = {
  root: ['f', 'c', 'g', 'cG', 'a', 'v', 'sK'],
  feature: ['m'],
  metric: ['i', 't'],
  variation: ['i', 'n', 'w', 'seg'],
  variable: ['i', 'k', 'val'],
  holdout: ['m'],
} as const

/** Looks for such a name, too, in what is as it has to be otherwise. */
export const withoutShort =
  (what: keyof typeof short, look: Look): Look =>
  (value) => {
    const found = look(value)
    if (found !== undefined) return found
    const file = value as Readonly<Record<string, unknown>>
    const own = short[what].find((name) => Object.hasOwn(file, name))
    return own === undefined ? undefined : within(fault('no such name', ownValue(file, own)), own)
  }
