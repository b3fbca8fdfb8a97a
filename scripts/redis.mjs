import { byApt, ensureProgram } from './install.mjs'

/**
 * Each of these can run as a Redis server: `redis-check-rdb` is the same program under another name. In the order
 * of `packages/sandbox/src/servers/redis-binary.ts`.
 */
export const redisBinaries = ['redis-server', 'valkey-server', 'redis-check-rdb', 'valkey-check-rdb']

/** @type {import('./install.mjs').Need} */
const redis = {
  what: 'A Redis server',
  name: 'Redis',
  programs: redisBinaries,
  installers: [
    // It brings no daemon and no system user.
    byApt(['redis-tools']),
    { tool: 'apk', needsRoot: true, commands: [['apk', 'add', 'redis']] },
    { tool: 'dnf', needsRoot: true, commands: [['dnf', 'install', '-y', 'valkey']] },
    { tool: 'brew', needsRoot: false, commands: [['brew', 'install', 'redis']] },
  ],
  remedy:
    'Install one (Debian, Ubuntu: apt-get install redis-tools; macOS: brew install redis; Alpine: apk add redis; ' +
    'Fedora: dnf install valkey). "npm start" also takes REDIS_URL, a Redis that runs.',
}

/**
 * Makes sure that a Redis server can be started on this machine; installs one where none is.
 *
 * @param {{ isRoot?: boolean }} [options]
 */
export async function ensureRedis(options) {
  await ensureProgram(redis, options)
}
