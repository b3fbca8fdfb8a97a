import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { until } from '../support/until.ts'

const deploy = join(import.meta.dirname, '../../deploy')

/** Redis under its own name, also where only its tools are installed: they are the same program. */
const redisServer = `#!/bin/bash
exec -a redis-server "$(command -v valkey-server || command -v redis-check-rdb || command -v valkey-check-rdb)" "$@"
`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

it('the secrets and the Redis of compose.yaml are those of a hub that may do all that it does, and its data stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-compose-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await cp(join(deploy, 'compose'), join(folder, 'compose'), {
    recursive: true,
    filter: (path) => !path.endsWith('/secrets'),
  })
  const run = async (program: string, env: Record<string, string> = {}) => {
    const child = spawn(program, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
    const [code] = (await once(child, 'close')) as [number]
    expect(code).toBe(0)
  }
  await run(join(folder, 'compose/make-secrets.sh'))
  const secrets = join(folder, 'compose/secrets')
  const secretOf = (name: string) => readFile(join(secrets, name), 'utf8')
  const password = await secretOf('redis-hub')
  expect(password).toMatch(/^[0-9a-f]{48}$/)
  await run(join(folder, 'compose/make-secrets.sh'))
  expect(await secretOf('redis-hub')).toBe(password)

  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'bin/redis-server'), redisServer, { mode: 0o755 })
  const port = await freePort()
  const start = async () => {
    const server = spawn(
      join(folder, 'compose/start-redis.sh'),
      ['--port', String(port), '--bind', '127.0.0.1'],
      {
        env: {
          PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
          SECRETS: secrets,
          USERS_FILE: join(folder, 'users.acl'),
          ACL_FILE: join(deploy, 'redis-users.acl'),
          DATA: folder,
        },
        stdio: 'ignore',
      },
    )
    onTestFinished(() => void server.kill('SIGKILL'))
    const redis = new Redis({ port, username: 'vwo-hub', password })
    redis.on('error', () => {})
    onTestFinished(() => redis.disconnect())
    await until(
      () => redis.ping().catch(() => ''),
      (answer) => answer === 'PONG',
    )
    return { server, redis }
  }
  const { server, redis } = await start()
  const env = { REDIS_URL: `redis://127.0.0.1:${port}`, REDIS_USERNAME: 'vwo-hub', REDIS_PASSWORD: password }
  const { stdout } = await runCommand(['doctor', 'prod'], { env })
  expect(stdout).toMatch(/redis-permissions +\S.*/)
  expect(stdout).not.toMatch(/✘|NOPERM|^(?!skipped).*may not/m)
  const admin = new Redis({ port, username: 'admin', password: await secretOf('redis-admin') })
  // Else whoever may read could ask for more than there is memory, and leave it unread.
  expect(await admin.config('GET', 'maxmemory-clients')).toEqual([
    'maxmemory-clients',
    String(512 * 1024 ** 2),
  ])
  // Before the server goes: it would connect again.
  admin.disconnect()
  await redis.set('vwo:{prod}:settings', 'kept')
  server.kill('SIGTERM')
  await once(server, 'close')
  const again = await start()
  expect(await again.redis.get('vwo:{prod}:settings')).toBe('kept')
})
