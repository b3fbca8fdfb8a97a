import type { Surroundings } from './surroundings.ts'

/** Shows on a terminal how far it is, on standard error: standard output is for the result. */
export async function withProgress<T>(
  { stderr }: Pick<Surroundings, 'stderr'>,
  work: (onProgress: (done: number) => void) => Promise<T>,
): Promise<T> {
  if (stderr.isTTY !== true) return await work(() => {})
  try {
    return await work((done) => stderr.write(`\r${Math.floor(done * 100)} % decided`))
  } finally {
    // To the start of the line, and all of it away.
    stderr.write('\r\u001B[K')
  }
}
