import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { capture } from './run.mjs'

/**
 * Each of these can run as a Redis server: `redis-check-rdb` is the same program under another name.
 * The hub looks for them in the same order (`packages/hub/src/dev/redis-binary.ts`).
 */
export const redisBinaries = ['redis-server', 'valkey-server', 'redis-check-rdb', 'valkey-check-rdb']

/** Ways to install one, the first that the machine offers. `redis-tools` brings no daemon and no system user. */
const installers = [
  {
    tool: 'apt-get',
    needsRoot: true,
    commands: [
      ['apt-get', 'update'],
      ['apt-get', 'install', '-y', '--no-install-recommends', 'redis-tools'],
    ],
  },
  { tool: 'apk', needsRoot: true, commands: [['apk', 'add', 'redis']] },
  { tool: 'dnf', needsRoot: true, commands: [['dnf', 'install', '-y', 'valkey']] },
  { tool: 'brew', needsRoot: false, commands: [['brew', 'install', 'redis']] },
]

/**
 * Makes sure that a Redis server can be started on this machine; installs one where none is.
 *
 * @param {{ isRoot?: boolean }} [options]
 */
export async function ensureRedis({ isRoot = process.getuid?.() === 0 } = {}) {
  if (redisBinaries.some(isOnPath)) return
  const installer = installers.find(({ tool }) => isOnPath(tool))
  if (installer === undefined) throw new Error(whatToDo('no package manager that it knows is on PATH'))
  const prefix = isRoot || !installer.needsRoot ? [] : await sudoFor(installer.tool)
  console.error(`Installing Redis with ${installer.tool} …`)
  for (const command of installer.commands) {
    const [program = '', ...args] = [...prefix, ...command]
    const { code, output } = await capture(program, args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (code !== 0) throw new Error(whatToDo(`"${command.join(' ')}" ended with ${code}:\n${output}`))
  }
  if (!redisBinaries.some(isOnPath)) throw new Error(whatToDo(`${installer.tool} brought none`))
}

/**
 * `sudo -n` asks for no password: it works at once or not at all.
 *
 * @param {string} tool that needs it
 */
async function sudoFor(tool) {
  if (isOnPath('sudo') && (await capture('sudo', ['-n', 'true'])).code === 0) return ['sudo', '-n']
  throw new Error(whatToDo(`${tool} needs root, and sudo without a password is not available`))
}

/** @param {string} why it cannot be installed */
function whatToDo(why) {
  return (
    `A Redis server is needed: expected one of ${redisBinaries.join(', ')} on PATH, found none, ` +
    `and it cannot be installed: ${why}.\n` +
    'Install one (Debian, Ubuntu: apt-get install redis-tools; macOS: brew install redis; Alpine: apk add redis; ' +
    'Fedora: dnf install valkey). "npm start" also takes REDIS_URL, a Redis that runs.'
  )
}

/** @param {string} name */
function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}
