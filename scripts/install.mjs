import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { capture } from './run.mjs'

/**
 * A program that has to be on this machine.
 *
 * @typedef {object} Need
 * @property {string} what it is, at the beginning of a sentence: `A Redis server`
 * @property {string} name for people: `Redis`
 * @property {readonly string[]} programs of which one on PATH is enough
 * @property {readonly Installer[]} installers the first that the machine offers is taken
 * @property {string} remedy what a person can do instead
 */

/**
 * @typedef {object} Installer
 * @property {string} tool
 * @property {boolean} needsRoot
 * @property {readonly (readonly string[])[]} commands
 */

/**
 * Debian and what is made of it.
 *
 * @param {readonly string[]} packages
 * @param {string} [service] that Debian starts with them, which nobody has asked for
 * @returns {Installer}
 */
export function byApt(packages, service) {
  return {
    tool: 'apt-get',
    needsRoot: true,
    commands: [
      ['apt-get', 'update'],
      ['apt-get', 'install', '-y', '--no-install-recommends', ...packages],
      ...(service === undefined
        ? []
        : [['sh', '-c', `! command -v systemctl >/dev/null || systemctl disable --now ${service} || true`]]),
    ],
  }
}

/**
 * Makes sure that one of the programs is on PATH; installs one where none is.
 *
 * @param {Need} need
 * @param {{ isRoot?: boolean }} [options]
 */
export async function ensureProgram(need, { isRoot = process.getuid?.() === 0 } = {}) {
  if (need.programs.some(isOnPath)) return
  const installer = need.installers.find(({ tool }) => isOnPath(tool))
  if (installer === undefined) throw fault(need, 'no package manager that it knows is on PATH')
  const prefix = isRoot || !installer.needsRoot ? [] : await sudoFor(need, installer.tool)
  console.error(`Installing ${need.name} with ${installer.tool} …`)
  for (const command of installer.commands) {
    const [program = '', ...args] = [...prefix, ...command]
    const { code, output } = await capture(program, args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (code !== 0) throw fault(need, `"${command.join(' ')}" ended with ${code}:\n${output}`)
  }
  if (!need.programs.some(isOnPath)) throw fault(need, `${installer.tool} brought none`)
}

/**
 * `sudo -n` asks for no password: it works at once or not at all.
 *
 * @param {Need} need
 * @param {string} tool that needs it
 */
async function sudoFor(need, tool) {
  if (isOnPath('sudo') && (await capture('sudo', ['-n', 'true'])).code === 0) return ['sudo', '-n']
  throw fault(need, `${tool} needs root, and sudo without a password is not available`)
}

/**
 * @param {Need} need
 * @param {string} why it cannot be installed
 */
function fault({ what, programs, remedy }, why) {
  return new Error(
    `${what} is needed: expected one of ${programs.join(', ')} on PATH, found none, ` +
      `and it cannot be installed: ${why}.\n${remedy}`,
  )
}

/**
 * @param {string} name
 * @returns {string | undefined} its path
 */
export function findOnPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      if (folder !== '') return path
    } catch {
      // Not here.
    }
  }
  return undefined
}

/** @param {string} name */
function isOnPath(name) {
  return findOnPath(name) !== undefined
}
