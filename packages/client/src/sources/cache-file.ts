import { randomUUID } from 'node:crypto'
import { open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DEFAULT_PREFIX, isRevision, sha256Of, type CacheRecord } from '@vwo-hub/protocol'
import { ClientError, messageOf } from '../errors.ts'
import { readOwnedFile } from './read-owned-file.ts'

/** The form of these files; whose settings they have is in them. */
const CACHE_PROTOCOL = 1

const isText = (value: unknown): boolean => typeof value === 'string'
const isTextOrAbsent = (value: unknown): boolean => value === undefined || isText(value)

/** What each field of the first line has to be. */
const fields: Record<keyof CacheRecord, (value: unknown) => boolean> = {
  protocol: (value) => value === CACHE_PROTOCOL,
  environment: isText,
  revision: isRevision,
  sha256: isText,
  prefix: isTextOrAbsent,
  database: (value) => value === undefined || typeof value === 'number',
  product: isTextOrAbsent,
  identity: isTextOrAbsent,
}

/** @throws Where the first line is not what a client has written. */
function readHeader(line: string): CacheRecord {
  const header = JSON.parse(line) as Record<string, unknown> | null
  const wrong = Object.entries(fields).find(([name, isRight]) => !isRight(header?.[name]))
  if (wrong === undefined) return header as unknown as CacheRecord
  throw new Error(`${wrong[0]} in its first line is not what a client writes`)
}

/** Settings with the revision that they were published under. */
export interface CachedSettings {
  readonly text: string
  readonly revision: number
  readonly sha256: string
  /** Whose settings these are, where that is known. */
  readonly identity?: string | undefined
}

/** Where settings come from; those from elsewhere are not taken. */
export interface CachePlace {
  readonly environment: string
  readonly prefix: string
  readonly database: number
  readonly product: string
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
   * Replaces the file in one step, unless it already has this revision or a newer one of the same account.
   *
   * @throws {@link ClientError} `cache-file` when it cannot be written; the old file stays.
   */
  write(settings: CachedSettings): Promise<void>
}

/** What a file of an earlier client does not say. */
const EARLIER = { prefix: DEFAULT_PREFIX, database: 0, product: 'fullstack' }

/** Whether both may belong to one account: revisions of two say nothing about each other. */
const isOneOwner = (
  { identity: one }: Pick<CachedSettings, 'identity'>,
  { identity: other }: Pick<CachedSettings, 'identity'>,
): boolean => one === undefined || other === undefined || one === other

/** @param isImpossible - Whether a revision cannot be. */
export function createCacheFile(
  path: string,
  place: CachePlace,
  isImpossible: (revision: number) => boolean,
): CacheFile {
  const fail = (did: string, error: unknown, now: string): ClientError => {
    const reason = messageOf(error)
    return new ClientError('cache-file', `Cannot ${did} cache file ${path}: ${reason}. ${now}`, {
      cause: error,
    })
  }

  /** @returns Header and text, the checksum not yet verified. */
  async function load(): Promise<CachedSettings | undefined> {
    const content = await readOwnedFile(path)
    if (content === undefined) return undefined
    const end = content.indexOf('\n')
    if (end < 0) throw new Error('expected a line about the settings-file before it, got none')
    const header = readHeader(content.subarray(0, end).toString())
    const found = { ...EARLIER, ...header }
    for (const name of ['environment', 'prefix', 'database', 'product'] as const) {
      if (found[name] === place[name]) continue
      const [expected, got] = [place[name], found[name]].map((value) => JSON.stringify(value))
      throw new Error(`expected ${name} ${expected}, got ${got}; give each its own file`)
    }
    const { revision, sha256, identity } = header
    if (isImpossible(revision))
      throw new Error(`its revision ${revision} is more than a day ahead of the clock`)
    return { text: content.subarray(end + 1).toString(), revision, sha256, identity }
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

  async function write({ text, ...settings }: CachedSettings): Promise<void> {
    const existing = await read().catch(() => undefined)
    if (existing !== undefined && isOneOwner(existing, settings) && existing.revision >= settings.revision)
      return

    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomUUID()}.tmp`)
    try {
      const file = await open(temporary, 'wx', 0o600)
      try {
        const header: CacheRecord = { protocol: CACHE_PROTOCOL, ...place, ...settings }
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
