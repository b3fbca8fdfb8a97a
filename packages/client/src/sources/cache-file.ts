import { randomUUID } from 'node:crypto'
import { open, readFile, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { sha256Of, READABLE_SINCE, revisionSchema, type CacheRecord } from '@vwo-hub/protocol'
import { ClientError, messageOf } from '../errors.ts'

const headerSchema = z.object({
  protocol: z.literal(READABLE_SINCE),
  environment: z.string(),
  revision: revisionSchema,
  sha256: z.string(),
}) satisfies z.ZodType<CacheRecord>

/** Settings with the revision that they were published under. */
export interface CachedSettings {
  readonly text: string
  readonly revision: number
  readonly sha256: string
}

/**
 * A settings-file on disk, from which a restarted app decides while everything else is down. One line of JSON
 * about it, then the settings-file as stored. Processes of one host may share it.
 */
export interface CacheFile {
  /**
   * @returns What was written last, or `undefined` when there is no file.
   * @throws {@link ClientError} `cache-file` when there is one that cannot be trusted.
   */
  read(): Promise<CachedSettings | undefined>
  /**
   * Replaces the file in one step, unless it already has this revision or a newer one.
   *
   * @throws {@link ClientError} `cache-file` when it cannot be written; the old file stays.
   */
  write(settings: CachedSettings): Promise<void>
}

export function createCacheFile(path: string, environment: string): CacheFile {
  const fail = (did: string, error: unknown, now: string): ClientError => {
    const reason = messageOf(error)
    return new ClientError('cache-file', `Cannot ${did} cache file ${path}: ${reason}. ${now}`, {
      cause: error,
    })
  }

  /** @returns Header and text, the checksum not yet verified. */
  async function load(): Promise<CachedSettings | undefined> {
    let content: string
    try {
      content = await readFile(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const end = content.indexOf('\n')
    if (end < 0) throw new Error('expected a line about the settings-file before it, got none')
    const header = headerSchema.parse(JSON.parse(content.slice(0, end)))
    if (header.environment !== environment) {
      throw new Error(
        `expected environment "${environment}", got "${header.environment}"; give each its own file`,
      )
    }
    return { text: content.slice(end + 1), revision: header.revision, sha256: header.sha256 }
  }

  async function read(): Promise<CachedSettings | undefined> {
    try {
      const cached = await load()
      if (cached !== undefined && sha256Of(cached.text) !== cached.sha256) {
        throw new Error('its checksum does not match its content')
      }
      return cached
    } catch (error) {
      throw fail('use', error, 'It is ignored, and replaced by the next update.')
    }
  }

  async function write({ text, revision, sha256 }: CachedSettings): Promise<void> {
    const existing = await read().catch(() => undefined)
    if (existing !== undefined && existing.revision >= revision) return

    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomUUID()}.tmp`)
    try {
      const file = await open(temporary, 'wx', 0o600)
      try {
        const header: CacheRecord = { protocol: READABLE_SINCE, environment, revision, sha256 }
        await file.writeFile(`${JSON.stringify(header)}\n${text}`)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
      await syncDirectory(dirname(path))
    } catch (error) {
      await unlink(temporary).catch(() => {})
      throw fail(
        'write',
        error,
        'The app keeps deciding; only a restart without Redis would miss this update.',
      )
    }
  }

  return { read, write }
}

/** Makes the rename itself survive a crash of the host. Not every platform can do this to a directory. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EISDIR' && code !== 'EPERM' && code !== 'EINVAL') throw error
  }
}
