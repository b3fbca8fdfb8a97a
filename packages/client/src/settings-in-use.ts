import type { Source } from './state.ts'
import type { Swapper } from './swap.ts'

/** The settings that decide at this moment. */
export interface SettingsInUse {
  /** 0 where they were never published. */
  readonly revision: number
  /** Where they came from. */
  readonly source: Source
  /** What the SDK decides with: frozen, a copy. */
  readonly settingsFile: Readonly<Record<string, unknown>>
}

/** @returns Reads them; a copy is made at the first reading of each revision. */
export function createSettingsInUse(
  product: { settings(): object | undefined },
  swapper: Pick<Swapper, 'revision' | 'source'>,
): () => SettingsInUse | null {
  let copied: { readonly of: object; readonly settingsFile: SettingsInUse['settingsFile'] } | undefined
  return () => {
    const settings = product.settings()
    const source = swapper.source()
    if (settings === undefined || source === null) return null
    if (copied?.of !== settings) {
      copied = {
        of: settings,
        settingsFile: frozen(structuredClone(settings)) as SettingsInUse['settingsFile'],
      }
    }
    return { revision: Math.max(swapper.revision(), 0), source, settingsFile: copied.settingsFile }
  }
}

/** The value itself, which nobody can change any more. */
function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const each of Object.values(value)) frozen(each)
  return Object.freeze(value)
}
