/** What a part of a settings-file came to when it was tried. */
export interface Outcome {
  /** What is wrong with it that the SDK survives. */
  readonly fault?: { readonly kind: 'fault' | 'undecided'; readonly place: string; readonly why: string }
  /** It decides for nobody. */
  readonly isMute?: true
}

/** How many parts are remembered, of all environments together; some 100 bytes each. */
const REMEMBERED = 100_000

/**
 * Parts of settings-files that have been tried, by key. One that stands in the next settings-file to the letter, with
 * the same context around it, is decided by in the same way and need not be tried again: an update costs what has
 * changed, not the whole file.
 */
export interface Proven {
  get(key: string): Outcome | undefined
  add(key: string, outcome: Outcome): void
  /** What has been added since the last call, for another {@link createProven}; empty when nothing has. */
  take(): Uint8Array
}

/** @param remembered - What others have taken. */
export function createProven(remembered: readonly Uint8Array[] = []): Proven {
  const known = new Map<string, Outcome>()
  let fresh: string[] = []
  for (const bytes of remembered) {
    for (const line of Buffer.from(bytes).toString().split('\n').filter(Boolean)) {
      const [key = '', outcome] = line.split('\t', 2)
      known.set(key, outcome === undefined ? {} : (JSON.parse(outcome) as Outcome))
    }
  }
  return {
    get: (key) => known.get(key),
    add(key, outcome) {
      if (known.has(key)) return
      // What was tried first goes first.
      for (const oldest of known.keys()) {
        if (known.size < REMEMBERED) break
        known.delete(oldest)
      }
      known.set(key, outcome)
      fresh.push(Object.keys(outcome).length === 0 ? key : `${key}\t${JSON.stringify(outcome)}`)
    },
    take() {
      const bytes = Buffer.from(fresh.map((line) => `${line}\n`).join(''))
      fresh = []
      return bytes
    },
  }
}
