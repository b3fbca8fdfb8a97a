import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { LARGEST_SETTINGS_BYTES } from '@vwo-hub/protocol'

/** A settings-file and a line about it. */
const MAX_BYTES = LARGEST_SETTINGS_BYTES + 4096

/** Not every platform has these. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>

/**
 * Reads a file that somebody else may have put there: one that is not the own user's, is no file, or is larger than
 * settings-files are is not read; and opening it neither follows nor waits.
 *
 * @returns `undefined` where there is none.
 * @throws Where it is not such a file.
 */
export async function readOwnedFile(path: string): Promise<Buffer | undefined> {
  let file: FileHandle
  try {
    file = await open(path, (O_RDONLY ?? 0) | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP') throw new Error('expected a file, got a symbolic link', { cause: error })
    throw error
  }
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new Error('expected a file, got something else')
    const user = process.getuid?.()
    if (user !== undefined && found.uid !== user) {
      throw new Error(`expected a file of user ${user}, got one of user ${found.uid}`)
    }
    if (found.size > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes, got ${found.size}`)
    return await readAtMost(file, found.size)
  } finally {
    await file.close()
  }
}

/** As much as there was when it was opened: it may grow meanwhile. */
async function readAtMost(file: FileHandle, bytes: number): Promise<Buffer> {
  const content = Buffer.alloc(bytes)
  let end = 0
  while (end < bytes) {
    const { bytesRead } = await file.read(content, end, bytes - end, end)
    if (bytesRead === 0) break
    end += bytesRead
  }
  return content.subarray(0, end)
}
