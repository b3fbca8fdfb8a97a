import { HubError } from '../errors.ts'
import { wrapped } from '../text/wrapped.ts'
import { columnsOf, type Surroundings } from './surroundings.ts'

/**
 * Says what would happen and asks whether it should, on standard error: standard output is for results.
 *
 * @returns Whether the answer was yes.
 * @throws {@link HubError} `not-confirmed` where nobody can be asked.
 */
export async function confirm(
  { stdin, stderr }: Pick<Surroundings, 'stdin' | 'stderr'>,
  what: string,
): Promise<boolean> {
  if (stdin.isTTY !== true) {
    throw new HubError(
      'not-confirmed',
      `${what}\nExpected --yes, because standard input is no terminal and nobody can be asked. Nothing was changed.`,
    )
  }
  stderr.write(`${wrapped(what, columnsOf(stderr))}\nContinue? [y/N] `)
  const isYes = /^y(es)?$/i.test((await readLine(stdin)).trim())
  if (!isYes) stderr.write('Nothing was changed.\n')
  return isYes
}

async function readLine(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  let text = ''
  for await (const chunk of input) {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    if (text.includes('\n')) break
  }
  return text.split('\n')[0] ?? ''
}
