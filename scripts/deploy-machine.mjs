import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { freePort } from './free-port.mjs'
import { capture } from './run.mjs'
import { until } from './until.mjs'

const secret = 'a-webhook-secret-for-this-check'
const sdkKey = 'an-sdk-key-for-this-check'
const password = 'a-password-for-this-check'
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const bundle = '/etc/ssl/certs/ca-certificates.crt'

/**
 * A block of code of a document, so that what is tried is what people read.
 *
 * @param {string} page
 * @param {string} heading above it
 * @param {string} language
 * @param {string} part of it
 */
export function blockOf(page, heading, language, part) {
  const section = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? ''
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
  const [, , text] = blocks.find(([, name, code]) => name === language && code?.includes(part)) ?? []
  if (text === undefined) throw new Error(`There is no ${language} with "${part}" below "${heading}".`)
  return text
}

/**
 * Follows `docs/deployment.md` on a Debian that has systemd and Node, and nothing else: from a clone to a hub that
 * systemd runs. Redis and VWO are on this machine.
 *
 * @param {{ root: string, machine: string, tell: (fact: string, holds: boolean, detail?: string) => void }} options
 *   `machine`: the root of that Debian
 */
export async function checkMachine({ root, machine, tell }) {
  const page = readFileSync(join(root, 'docs/deployment.md'), 'utf8')
  await cloneInto(root, join(machine, 'src'))
  const system = boot(machine)
  try {
    const isUp = await until(async () =>
      /^(running|degraded)$/m.test((await system.run('systemctl is-system-running')).output),
    )
    tell('a Debian boots with systemd', isUp, system.output())
    const install = await system.run(`cd /src\n${blockOf(page, 'Install', 'sh', 'npm install')}`)
    tell('what is said about installing installs', install.code === 0, install.output.slice(-2000))

    const file = pathToFileURL(join(machine, 'opt/vwo-hub/node_modules/@vwo-hub/sandbox/dist/sandbox.js'))
    const { startRedisServer, startVwoSimulator } = await import(file.href)
    const users = readFileSync(join(root, 'deploy/redis-users.acl'), 'utf8').trim()
    const redis = await startRedisServer({
      users: users.replaceAll(/CHANGE-ME-\w+/g, password).split('\n'),
    })
    const settingsFile = { version: 1, accountId: 123_456, campaigns: [] }
    const vwo = await startVwoSimulator({ settingsFile, accountId: '123456', sdkKey })
    try {
      await checkUnit({ page, machine, system, tell, redisPort: new URL(redis.url).port, vwoUrl: vwo.url })
    } finally {
      await Promise.all([redis.close(), vwo.close()])
    }
  } finally {
    await system.halt()
  }
}

/**
 * @param {{ page: string, machine: string, system: ReturnType<typeof boot>, redisPort: string, vwoUrl: string,
 *   tell: (fact: string, holds: boolean, detail?: string) => void }} options
 */
async function checkUnit({ page, machine, system, redisPort, vwoUrl, tell }) {
  const unit = blockOf(page, 'systemd', 'ini', '[Service]')
  const env = blockOf(page, 'systemd', 'ini', 'REDIS_URL')
  const [port, adminPort] = [await freePort(), await freePort()]
  mkdirSync(join(machine, 'etc/vwo-hub'), { recursive: true })
  const own = [`HUB_PORT=${port}`, `HUB_ADMIN_PORT=${adminPort}`, `VWO_BASE_URL=${vwoUrl}`]
  /** @type {Record<string, string>} */
  const files = {
    env: `${env.replace(/^REDIS_URL=.*$/m, `REDIS_URL=redis://127.0.0.1:${redisPort}`)}${own.join('\n')}\n`,
    'redis-password': password,
    'sdk-key': sdkKey,
    'webhook-secrets': secret,
  }
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(machine, 'etc/vwo-hub', name), text, { mode: 0o600 })
  writeFileSync(join(machine, 'etc/systemd/system/vwo-hub.service'), unit)

  const verified = await system.run('systemd-analyze verify /etc/systemd/system/vwo-hub.service')
  tell('systemd has nothing to say against the unit', verified.output === '', verified.output)
  const started = await system.run(blockOf(page, 'systemd', 'sh', 'systemctl'))
  tell('what is said about starting starts it', started.code === 0, started.output)
  const isReady = await until(async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).ok)
  const log = async () => (await system.run('journalctl --unit vwo-hub --no-pager --lines 30')).output
  tell('the hub has published, with secrets that belong to root alone', isReady, await log())
  const post = async () =>
    await fetch(`http://127.0.0.1:${port}/webhooks/prod`, {
      method: 'POST',
      headers: { 'x-vwo-auth': secret },
      body: '{}',
    })
  tell('it takes webhooks', (await post()).status === 200, await log())

  const show = async (/** @type {string} */ name) =>
    (await system.run(`systemctl show --value --property ${name} vwo-hub`)).output
  const pid = await show('MainPID')
  const user = (await system.run(`stat --format %u /proc/${pid}`)).output
  tell('it is not root', /^[1-9]/.test(user), user)
  await system.run(`kill -KILL ${pid}`)
  const isBack = await until(async () => ![pid, '0'].includes(await show('MainPID')) && (await post()).ok)
  tell('it is started anew where it dies', isBack, await log())
  const stopping = system.run('systemctl stop vwo-hub')
  const readiness = async () => (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status
  const drains = await until(async () => (await readiness()) === 503)
  tell('while it is stopped it says so, and takes webhooks', drains && (await post()).ok, await log())
  await stopping
  const [result, code] = [await show('Result'), await show('ExecMainStatus')]
  tell('it ends by itself, with 0', result === 'success' && code === '0', `${result} ${code}\n${await log()}`)
}

/**
 * What a clone would have: no more than what is in the repository, or will be.
 *
 * @param {string} root
 * @param {string} target
 */
async function cloneInto(root, target) {
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  const list = 'git ls-files -z --cached --others --exclude-standard'
  const { code, output } = await capture(
    'sh',
    ['-c', `${list} | tar --create --null --files-from - | tar --extract --directory "$0"`, target],
    { cwd: root },
  )
  if (code !== 0) throw new Error(`Cannot copy the repository: ${output}`)
}

/**
 * Starts systemd as process 1, in the network of this machine.
 *
 * @param {string} machine
 */
function boot(machine) {
  const where = ['--directory', machine, '--register=no', '--keep-unit', '--resolv-conf=copy-host']
  const child = spawn('systemd-nspawn', ['--quiet', ...where, '--console=pipe', '--boot'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text))
  }
  const ended = once(child, 'close')
  const env = existsSync(join(machine, bundle)) ? { NODE_EXTRA_CA_CERTS: bundle, SSL_CERT_FILE: bundle } : {}
  /** Of systemd, as this machine sees it. */
  const leader = () =>
    readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0] ?? ''
  return {
    output: () => output,
    /** @param {string} script of a shell */
    async run(script) {
      const args = ['--target', leader(), '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup']
      const result = await capture('nsenter', [...args, '/bin/sh', '-e', '-c', script], {
        env: { PATH: path, HOME: '/root', ...env },
      })
      return { ...result, output: result.output.trim() }
    },
    async halt() {
      child.kill('SIGTERM')
      await Promise.race([ended, delay(20_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))])
    },
  }
}
