import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture } from './run.mjs'

/** The newest Node that there is: the tests start processes with it as well. */
const version = '26.10.0'

const folder = fileURLToPath(new URL(`../node_modules/.cache/node-${version}`, import.meta.url))
/** As npm names the package that holds the program alone. */
const name = [process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node']
  .concat(process.platform, process.arch)
  .join('-')
const path = join(folder, 'node_modules', name, 'bin/node')

/**
 * Makes sure that the newest Node is on this machine, beside the one that runs.
 *
 * @throws when npm does not bring it
 */
export async function ensureNewestNode() {
  if (isNewest() || existsSync(path)) return
  const { code, output } = await capture('npm', [
    ...['install', '--prefix', folder, '--no-save', '--no-package-lock', '--no-audit', '--no-fund'],
    `${name}@${version}`,
  ])
  if (code === 0 && existsSync(path)) return
  throw new Error(
    `Cannot install Node ${version}: npm ended with ${code}:\n${output}\nThe tests that start processes with it fail.`,
  )
}

/** @returns {string} the path of the newest Node */
export function newestNode() {
  return isNewest() ? process.execPath : path
}

function isNewest() {
  return Number(process.versions.node.split('.')[0]) >= Number(version.split('.')[0])
}
