import { readFile } from 'node:fs/promises'
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
  if (file !== '-') {
    try {
      return await readFile(file)
    } catch (error) {
      const reason = messageOf(error)
      throw new HubError('not-found', `Cannot read what to ${what}: ${reason}.`, { cause: error })
    }
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of stdin) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return Buffer.concat(chunks)
}

/** How a file is called in messages. */
export function fileName(file: string): string {
  return file === '-' ? 'standard input' : file
}
