import type { SettingsFile } from '@vwo-hub/protocol/fullstack'

/** How much text is kept parsed at most, of all environments together, in UTF-16 units; parsed it takes some ten times that. */
const MOST_LENGTH = 4_000_000

/** Settings-files that are kept parsed, because the next one is compared with them. */
export interface Kept {
  /** @returns undefined when it is not kept, and its text was not brought along. */
  get(file: { readonly sha256: string; readonly text?: string }): SettingsFile | undefined
  add(sha256: string, length: number, file: SettingsFile): void
}

export function createKept(mostLength: number = MOST_LENGTH): Kept {
  const files = new Map<string, { readonly length: number; readonly file: SettingsFile }>()
  let total = 0

  function forget(sha256: string): void {
    total -= files.get(sha256)?.length ?? 0
    files.delete(sha256)
  }

  function add(sha256: string, length: number, file: SettingsFile): void {
    forget(sha256)
    files.set(sha256, { length, file })
    total += length
    // The one just added stays, whatever its size; what has not been asked for longest goes first.
    for (const oldest of files.keys()) {
      if (total <= mostLength || oldest === sha256) return
      forget(oldest)
    }
  }

  return {
    get({ sha256, text }) {
      // What is published has been judged before.
      const file =
        files.get(sha256)?.file ?? (text === undefined ? undefined : (JSON.parse(text) as SettingsFile))
      if (file !== undefined) add(sha256, files.get(sha256)?.length ?? text?.length ?? 0, file)
      return file
    },
    add,
  }
}
