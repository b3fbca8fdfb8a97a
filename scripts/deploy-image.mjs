import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.mjs'
import { capture } from './run.mjs'
import { until } from './until.mjs'

/** No image that runs has one of these. */
const managers = ['apt', 'apt-get', 'dpkg', 'npm', 'npx', 'pnpm', 'yarn', 'corepack', 'sh', 'bash', 'busybox']
/** What it weighs beside Node itself, in MB: a third of it is the SDK of FME with what that brings. */
const MOST_MB = 55

/**
 * @typedef {object} ImageConfig as Docker has it
 * @property {string} User
 * @property {string[]} Env
 * @property {string[]} Entrypoint
 * @property {string[]} Cmd
 * @property {{ Test: string[] }} Healthcheck
 * @property {Record<string, string>} Labels
 */

/**
 * Looks at a built image, and runs it: as its user, in a root that is mounted read-only, without capabilities, as process 1.
 *
 * @param {{ mount: string, config: ImageConfig, tell: (fact: string, holds: boolean, detail?: string) => void }} options
 */
export async function checkImage({ mount, config, tell }) {
  const { User: user, Entrypoint: entrypoint, Cmd: command, Healthcheck: health, Labels: labels } = config
  tell('the user is not root, as a number', /^[1-9]\d*:[1-9]\d*$/.test(user), user)
  tell(
    'it has labels',
    labels?.['org.opencontainers.image.licenses'] === 'Apache-2.0',
    JSON.stringify(labels),
  )
  tell('it has a health check', health?.Test[0] === 'CMD', JSON.stringify(health))
  const found = ['bin', 'sbin', 'usr/bin', 'usr/sbin', 'usr/local/bin', 'nodejs/bin'].flatMap((folder) =>
    managers.filter((name) => existsSync(join(mount, folder, name))),
  )
  tell('it has neither a package manager nor a shell', found.length === 0, found.join(' '))
  const sources = readdirSync(join(mount, 'app/packages'))
  tell(
    'it has the hub and what that stands on, nothing else of the workspace',
    sources.sort().join() === 'hub,protocol,sandbox',
    sources.join(),
  )
  const { output: size } = await capture('du', ['-sm', join(mount, 'app')])
  tell(
    `the app is smaller than ${MOST_MB} MB: ${Number.parseInt(size, 10)} MB`,
    Number.parseInt(size, 10) < MOST_MB,
  )

  const [port, adminPort] = [await freePort(), await freePort()]
  const given = [`HUB_PORT=${port}`, `HUB_ADMIN_PORT=${adminPort}`, 'HUB_ADMIN_TOKEN=a-token-for-this-check']
  const account = ['VWO_ACCOUNT_ID=1', 'VWO_SDK_KEY=a-key-for-this-check', 'VWO_WEBHOOK_SECRETS=a-secret']
  const away = ['REDIS_URL=redis://127.0.0.1:1', 'VWO_BASE_URL=http://127.0.0.1:1', 'HUB_HOST=127.0.0.1']
  const env = [...config.Env, ...given, ...account, ...away]
  /** @param {readonly string[]} args */
  const inside = (...args) => run({ mount, user, env, args })

  const hub = inside(...entrypoint, ...command)
  const isWell = await until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok)
  tell('it runs as this user, with a root that nobody can write to, and answers', isWell, hub.output())
  const health1 = inside(...health.Test.slice(1))
  tell('the health check is content', (await health1.ended) === 0, health1.output())
  const probe = inside(
    '/nodejs/bin/node',
    '-e',
    "const fs=require('fs');for(const p of ['/x','/app/x','/tmp/x','/home/x'])try{fs.writeFileSync(p,'');console.log(p)}catch{}",
  )
  await probe.ended
  tell('it can write nowhere', probe.output() === '', probe.output())
  const startedAt = Date.now()
  hub.signal('SIGTERM')
  const code = await hub.ended
  tell(
    `as process 1 it ends by SIGTERM with 0, after ${Date.now() - startedAt} ms`,
    code === 0,
    `${code}\n${hub.output()}`,
  )
  const early = inside(...entrypoint, ...command)
  while (early.program() !== basename(entrypoint[0] ?? '')) await delay(1)
  early.signal('SIGTERM')
  tell('as process 1 it ends by a SIGTERM of its first moment', isEnd(await early.ended), early.output())
  const health2 = inside(...health.Test.slice(1))
  tell('the health check is not content then', (await health2.ended) === 1, health2.output())
}

/** Of a process that was asked to end: before it listens for that the signal ends it. */
const isEnd = (/** @type {unknown} */ code) => code === 0 || code === 143

/** What becomes process 1: `$0` is user and group, `$1` the root. The user is taken last: root alone may change the root. */
const start = `
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && mount -t proc proc "$1/proc" && root="$1" && shift &&
exec setpriv --bounding-set=-all,+sys_chroot,+setuid,+setgid --no-new-privs chroot --userspec="$0" "$root" "$@"`

/**
 * @param {{ mount: string, user: string, env: readonly string[], args: readonly string[] }} options
 */
function run({ mount, user, env, args }) {
  const child = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', '--', '/bin/sh', '-c', start, user, mount, ...args],
    { env: Object.fromEntries(env.map((each) => each.split(/=(.*)/s))) },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text))
  }
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  /** Process 1, which is the child of the program that made its namespace. */
  const first = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()
  return {
    output: () => output,
    ended,
    /** What process 1 runs by now; empty while there is none. */
    program: () => (first() === '' ? '' : readFileSync(`/proc/${first()}/comm`, 'utf8').trim()),
    signal: (/** @type {NodeJS.Signals} */ name) => void process.kill(Number(first()), name),
  }
}
