import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** @param root - Of a clone. */
async function readmeIn(root: string): Promise<string> {
  return await readFile(join(root, 'packages/client/README.md'), 'utf8')
}

/** The first program of the README, as it stands there. */
export async function exampleOfReadme(root: string): Promise<string> {
  const example = /^```ts\n(.*?)^```$/ms.exec(await readmeIn(root))?.[1]
  if (example === undefined) throw new Error('expected a block of TypeScript in the README')
  return example
}

/** How it says that the client is installed from a clone: the command there, and the one in the app. */
export async function commandsOfReadme(root: string): Promise<readonly [string, string]> {
  const lines = [...(await readmeIn(root)).matchAll(/^(npm run pack|npm install \.\.\S.*?) +#/gm)]
  const [pack, install] = lines.map(([, command]) => command)
  if (pack === undefined || install === undefined) throw new Error('expected two commands in the README')
  return [pack, install.replaceAll('../vwo-hub', root)]
}
