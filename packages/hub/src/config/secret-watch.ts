import { readFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { HubError } from '../errors.ts'
import { readConfig } from './config.ts'
import type { HubConfig } from './hub-config.ts'
import type { Env } from './variables.ts'

/** How often the files are looked at, in milliseconds. */
const LOOK_MS = 5000

export interface SecretWatchOptions {
  readonly env: Env
  /** The configuration, read again because a file has another content, or because somebody asked. */
  readonly onChange: (config: HubConfig) => void
  /** What was read cannot work, and is not taken; once for each content of the files. The message has no secret. */
  readonly onFault: (fault: HubError) => void
}

/** Looks after the files that the configuration is read from: secrets in them are changed while the hub runs. */
export interface SecretWatch {
  /** Looks now, without waiting for the next time; resolves when it has looked. */
  look(): Promise<void>
  /** Reads everything again, whether it looks changed or not. */
  readAgain(): void
  close(): void
}

/**
 * By their content, again and again: how a mounted Secret changes (another folder behind a link) is told by no event of
 * the file that was named.
 */
export function watchSecrets({ env, onChange, onFault }: SecretWatchOptions): SecretWatch {
  let contents = new Map<string, string>()
  let looking: Promise<void> | undefined

  function read(): HubConfig | HubError {
    contents = new Map()
    try {
      return readConfig(env, (path) => {
        // One that is being replaced is away for a moment, and looked for all the same.
        contents.set(path, '')
        const content = readFileSync(path, 'utf8')
        contents.set(path, content)
        return content
      })
    } catch (error) {
      if (error instanceof HubError) return error
      throw error
    }
  }

  function readAgain(): void {
    const known = contents
    const config = read()
    if (!(config instanceof HubError)) return onChange(config)
    // A fault keeps files behind it from being read: they are as they are now, not changed at each look.
    for (const path of known.keys()) if (!contents.has(path)) contents.set(path, contentNow(path))
    onFault(config)
  }

  async function compare(): Promise<void> {
    const now = await Promise.all(
      [...contents.keys()].map(async (path) => [path, await readFile(path, 'utf8').catch(() => '')] as const),
    )
    if (now.some(([path, content]) => content !== contents.get(path))) readAgain()
  }

  async function look(): Promise<void> {
    looking ??= compare().finally(() => (looking = undefined))
    await looking
  }

  read()
  const timer = setInterval(() => void look(), LOOK_MS).unref()
  return {
    look,
    readAgain,
    close: () => clearInterval(timer),
  }
}

/** Empty where it cannot be read. */
function contentNow(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
