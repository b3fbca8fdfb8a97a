import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { byApt, ensureProgram, findOnPath } from './install.mjs'

/** What the tests have in front of a hub. */
const proxies = /** @type {const} */ (['nginx', 'haproxy'])
/** Where Debian has servers, which is not on everybody's PATH. */
const usualFolder = '/usr/sbin'

/** @param {typeof proxies[number]} name */
function needOf(name) {
  /** @type {import('./install.mjs').Need} */
  const need = {
    what: name,
    name,
    programs: [name],
    installers: [
      byApt([name], name),
      { tool: 'apk', needsRoot: true, commands: [['apk', 'add', name]] },
      { tool: 'dnf', needsRoot: true, commands: [['dnf', 'install', '-y', name]] },
      { tool: 'brew', needsRoot: false, commands: [['brew', 'install', name]] },
    ],
    remedy: `Install ${name}, and have it on PATH. The tests of what stands in front of a hub fail without it.`,
  }
  return need
}

/**
 * Makes sure that the proxies are there; installs those that are not.
 *
 * @param {{ isRoot?: boolean, usual?: string }} [options] usual: a folder that is looked into besides PATH
 */
export async function ensureProxies({ usual = usualFolder, ...options } = {}) {
  for (const name of proxies) {
    if (pathOf(name, usual) === undefined) await ensureProgram(needOf(name), options)
  }
}

/**
 * @param {typeof proxies[number]} name
 * @returns {string} its path
 */
export function findProxy(name) {
  const path = pathOf(name, usualFolder)
  if (path === undefined) throw new Error(`Expected ${name} on PATH, found none. ${needOf(name).remedy}`)
  return path
}

/**
 * @param {string} name
 * @param {string} usual
 */
function pathOf(name, usual) {
  const path = join(usual, name)
  return findOnPath(name) ?? (existsSync(path) ? path : undefined)
}
