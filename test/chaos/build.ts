/**
 * The built packages that the processes of a run are started from: ours, or a copy with a fault in it.
 *
 * @module
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export interface Build {
  /** Path of the program `vwo-hub`. */
  readonly hub: string
  /** URL of the module `@vwo-hub/client`: what apps load, or, with a fault in it, what that is made of. */
  readonly clientModule: string
  remove(): Promise<void>
}

/** A fault in the code: in this file of the packages, this text is another one. */
export interface Patch {
  /** For example `hub/dist/refresh.js`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

const packages = fileURLToPath(new URL('../../packages', import.meta.url))
const copied = ['protocol', 'client', 'hub']

/**
 * Copies what was built, so that a build during the run changes nothing, and patches it where told to.
 *
 * @throws When a text to be replaced is not there exactly once: then the patch is out of date.
 */
export async function copyBuild(patches: readonly Patch[] = []): Promise<Build> {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-build-'))
  const remove = async (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    for (const name of copied) await copyPackage(join(packages, name), join(folder, name))
    for (const patch of patches) await apply(patch, folder)
  } catch (error) {
    await remove()
    throw error
  }
  return {
    hub: join(folder, 'hub/dist/cli.js'),
    clientModule: pathToFileURL(
      join(folder, 'client/dist', patches.some(isOfClient) ? 'client.js' : 'client.mjs'),
    ).href,
    remove,
  }
}

/** What was built of it, and what it depends on, the copies of our own packages among that. */
async function copyPackage(from: string, to: string): Promise<void> {
  const { files } = JSON.parse(await readFile(join(from, 'package.json'), 'utf8')) as { files: string[] }
  const parts = files.filter((file) => !file.startsWith('!'))
  await mkdir(join(to, 'node_modules/@vwo-hub'), { recursive: true })
  for (const part of [...parts, 'package.json'])
    await cp(join(from, part), join(to, part), { recursive: true, filter: isRun })
  for (const name of await readdir(join(from, 'node_modules'))) {
    if (name === '@vwo-hub') continue
    await symlink(join(from, 'node_modules', name), join(to, 'node_modules', name))
  }
  for (const name of copied) await symlink(join(to, '..', name), join(to, 'node_modules/@vwo-hub', name))
}

/** Types are not, and are half of the files. */
const isRun = (path: string): boolean => !/\.d\.c?ts$/.test(path)

const isOfClient = ({ file }: Patch): boolean => file.startsWith('client/')

async function apply({ file, find, replace }: Patch, folder: string): Promise<void> {
  const path = join(folder, file)
  const text = await readFile(path, 'utf8')
  const count = text.split(find).length - 1
  if (count !== 1) throw new Error(`Cannot patch ${file}: expected once, found ${count} times:\n${find}`)
  await writeFile(
    path,
    text.replace(find, () => replace),
  )
}
