import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { HubError, messageOf } from '../errors.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Reads a file that a command is given; `-` is standard input.
 *
 * @param what - What it is for: `check`, `preview`.
 * @throws {@link HubError} `not-found`
 */
export async function readInput(
  { stdin }: Pick<Surroundings, 'stdin'>,
  file: string,
  what: string,
): Promise<Uint8Array> {
  if (file === '-') return await buffer(stdin)
  try {
    return await readFile(file)
  } catch (error) {
    const reason = messageOf(error)
    throw new HubError('not-found', `Cannot read what to ${what}: ${reason}.`, { cause: error })
  }
}

/** How a file is called in messages. */
export function fileName(file: string): string {
  return file === '-' ? 'standard input' : file
}
