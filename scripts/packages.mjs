import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture } from './run.mjs'

/**
 * Installs what the lockfile says, unless that is what is installed.
 *
 * @param {string} root of the workspace
 * @param {string} packageManager as in package.json: `pnpm@1.2.3`
 */
export async function installPackages(root, packageManager) {
  if (isInStep(root)) return
  console.error(`Installing packages with ${packageManager} …`)
  const install = await capture('npx', ['--yes', packageManager, 'install', '--frozen-lockfile'], {
    cwd: root,
  })
  if (install.code !== 0) {
    throw new Error(
      `Cannot install the packages: "npx ${packageManager} install" ended with ${install.code}.\n${install.output}`,
    )
  }
}

/**
 * pnpm writes a copy of the lockfile once everything that it lists is in place.
 *
 * @param {string} root of the workspace
 */
export function isInStep(root) {
  const wanted = join(root, 'pnpm-lock.yaml')
  const installed = join(root, 'node_modules/.pnpm/lock.yaml')
  return (
    existsSync(installed) &&
    ['packages/protocol', 'packages/sandbox', 'packages/client', 'packages/hub', 'test'].every((folder) =>
      existsSync(join(root, folder, 'node_modules')),
    ) &&
    readFileSync(wanted).equals(readFileSync(installed))
  )
}
