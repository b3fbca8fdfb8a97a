import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { capture } from './run.mjs'

/**
 * Packs each package as it would be published, into the folder `packed`: `client.tgz` and so on, without versions, so that
 * what is written about them stays right.
 *
 * @param {string} root of the workspace, which is built
 */
export async function packAll(root) {
  const folder = join(root, 'packed')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  await Promise.all(['protocol', 'client', 'sandbox', 'hub'].map(pack))

  /** @param {string} name */
  async function pack(name) {
    const from = join(root, 'packages', name)
    // It is built already.
    const args = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
    const { code, output } = await capture('npm', args, { cwd: from })
    if (code !== 0) throw new Error(`Cannot pack ${from}: npm ended with ${code}.\n${output}`)
    const file = output.trim().split('\n').at(-1) ?? ''
    await rename(join(folder, file), join(folder, `${name}.tgz`))
  }
}
