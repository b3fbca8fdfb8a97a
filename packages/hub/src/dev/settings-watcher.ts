/**
 * Watches a settings-file that somebody edits.
 *
 * @module
 */
import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { messageOf } from '../errors.ts'

export interface SettingsWatcherOptions {
  readonly path: string
  /** What the file contained when it was last read. */
  readonly current: string
  /** Quiet time after which a change counts as finished, in milliseconds. @default 100 */
  readonly settleMs?: number
  /** How often to look even though nothing was reported, in milliseconds. @default 1000 */
  readonly lookEveryMs?: number
  /** @param problem - Set when the text is not JSON: what is wrong, and where. */
  readonly onChange: (text: string, problem: string | undefined) => void
  /** The file cannot be read; it is looked for until it can. Called once until then. */
  readonly onMissing: (reason: string) => void
}

/**
 * Calls back whenever the content has changed, however the editor writes: in place, in several steps, or as
 * a new file that replaces the old one.
 *
 * @returns Ends watching.
 */
export function watchSettingsFile(options: SettingsWatcherOptions): () => void {
  const { path, settleMs = 100, lookEveryMs = 1_000, onChange, onMissing } = options
  let current = options.current
  let isMissing = false
  let isLooking = false
  let isClosed = false
  let settling: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    // One at a time: a slow one would tell what was there before the one that began after it.
    if (isLooking) {
      lookSoon()
      return
    }
    isLooking = true
    try {
      const text = await readFile(path, 'utf8')
      if (isClosed) return
      isMissing = false
      // Editors that write in place empty the file first.
      if (text === current || text.trim() === '') return
      current = text
      onChange(text, problemOf(text))
    } catch (error) {
      if (isClosed || isMissing) return
      isMissing = true
      onMissing(messageOf(error))
    } finally {
      isLooking = false
    }
  }

  function lookSoon(): void {
    clearTimeout(settling)
    if (isClosed) return
    settling = setTimeout(() => void look(), settleMs)
  }

  const watcher = watchFolder(path, lookSoon)
  // Network drives and containers' mounts report nothing.
  const interval = setInterval(() => void look(), lookEveryMs)
  return () => {
    isClosed = true
    watcher?.close()
    clearInterval(interval)
    clearTimeout(settling)
  }
}

/** The folder, not the file: a watched file that is replaced by another is not seen again. */
function watchFolder(path: string, onEvent: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(path), (_event, name) => {
      if (name === null || name === basename(path)) onEvent()
    })
    // The interval goes on.
    watcher.on('error', () => {
      watcher.close()
    })
    return watcher
  } catch {
    return undefined
  }
}

/** What keeps this text from being JSON, with line and column where the parser names a position. */
export function problemOf(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const message = messageOf(error)
    const position = /at position (\d+)/.exec(message)?.[1]
    if (position === undefined || message.includes('line')) return message
    const before = text.slice(0, Number(position)).split('\n')
    return `${message} (line ${before.length} column ${(before.at(-1)?.length ?? 0) + 1})`
  }
}
