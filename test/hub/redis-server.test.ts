import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRedisBinary, type RedisServerOptions, startRedisServer } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { redisBinaries } from '../../scripts/redis.mjs'
import { isRunning } from '../support/processes.ts'
import { until } from '../support/until.ts'

async function start(options?: RedisServerOptions) {
  const server = await startRedisServer(options)
  onTestFinished(server.close)
  return server
}

function connect(url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  onTestFinished(() => {
    redis.disconnect()
  })
  return redis
}

async function folderWith(...programs: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
  onTestFinished(async () => {
    await rm(folder, { recursive: true })
  })
  for (const program of programs) await writeFile(join(folder, program), '#!/bin/sh\n', { mode: 0o755 })
  return folder
}

describe('a Redis server of one’s own', () => {
  it('answers once it has started, keeps nothing on disk and listens on loopback only', async () => {
    const server = await start()
    const redis = connect(server.url)
    expect(await redis.ping()).toBe('PONG')
    expect(await redis.config('GET', 'save')).toEqual(['save', ''])
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'no'])
    expect(await redis.config('GET', 'bind')).toEqual(['bind', '127.0.0.1'])
  })

  it('takes further arguments, and a password with them', async () => {
    const server = await start({ args: ['--requirepass', 'open sesame', '--appendonly', 'yes'] })
    const redis = connect(`redis://:open%20sesame@${server.host}:${server.port}`)
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes'])
  })

  it('starts several at a time, each on a port of its own', async () => {
    const servers = await Promise.all(Array.from({ length: 4 }, async () => await start()))
    expect(new Set(servers.map(({ port }) => port)).size).toBe(4)
  })

  it('is gone after a kill, and comes back empty on the same port', async () => {
    const server = await start()
    const redis = connect(server.url)
    await redis.set('key', 'value')
    const { pid } = server
    await server.kill()
    expect(isRunning(pid)).toBe(false)
    await server.restart()
    expect(server.pid).not.toBe(pid)
    expect(await redis.get('key')).toBeNull()
  })

  it('comes back with what it had persisted, when told to keep it', async () => {
    const server = await start({ args: ['--appendonly', 'yes'] })
    const redis = connect(server.url)
    await redis.set('key', 'value')
    await server.restart({ keepData: true })
    expect(await redis.get('key')).toBe('value')
  })

  it('keeps connections open but answers nothing while frozen, and everything once thawed', async () => {
    const server = await start()
    const redis = connect(server.url)
    await redis.set('key', 'value')
    server.freeze()
    const answer = redis.get('key')
    const isAnswered = await Promise.race([
      answer.then(() => true),
      // A second server answers a hundred commands meanwhile: a running one would have answered one.
      start().then(async (other) => {
        const probe = connect(other.url)
        for (let count = 0; count < 100; count += 1) await probe.ping()
        return false
      }),
    ])
    expect(isAnswered).toBe(false)
    expect(redis.status).toBe('ready')
    server.thaw()
    expect(await answer).toBe('value')
  })

  it('closes while frozen, leaves neither process nor directory, and may be closed twice', async () => {
    const server = await start()
    const { pid, directory } = server
    server.freeze()
    await Promise.all([server.close(), server.close()])
    expect(isRunning(pid)).toBe(false)
    expect(existsSync(directory)).toBe(false)
    await expect(server.restart()).rejects.toMatchObject({ code: 'redis-unreachable' })
  })

  it('says that a given port is taken', async () => {
    const { port } = await start()
    await expect(startRedisServer({ port })).rejects.toMatchObject({
      code: 'address-unusable',
      message: `Cannot start Redis on 127.0.0.1:${port}: the port is taken.`,
    })
  })

  it('says what the server said when it does not start', async () => {
    await expect(startRedisServer({ args: ['--no-such-option', 'x'] })).rejects.toMatchObject({
      code: 'redis-unreachable',
      message: expect.stringContaining('no-such-option'),
    })
  })

  it('does not outlive a process that is killed', async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', printingParent], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(parent.stdout.setEncoding('utf8'), 'data')
    const servers: { pid: number; directory: string }[] = JSON.parse(String(line))
    expect(servers.map(({ pid }) => isRunning(pid))).toEqual([false, true])
    parent.kill('SIGKILL')
    await until(
      () => servers.filter(({ pid, directory }) => isRunning(pid) || existsSync(directory)),
      (left) => left.length === 0,
    )
  })

  it('does not keep a process from ending that forgot to close it', async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', forgetfulParent], {
      cwd: import.meta.dirname,
      stdio: 'inherit',
    })
    expect(await once(parent, 'exit')).toEqual([0, null])
  })
})

describe('the Redis binary', () => {
  it('is redis-server, else valkey-server, else redis-check-rdb under the name of the server', async () => {
    const all = await folderWith('redis-server', 'valkey-server', 'redis-check-rdb')
    expect(findRedisBinary('redis-server', all)).toEqual({
      path: join(all, 'redis-server'),
      argv0: 'redis-server',
    })
    const valkey = await folderWith('valkey-server', 'redis-check-rdb')
    expect(findRedisBinary('redis-server', valkey)).toEqual({
      path: join(valkey, 'valkey-server'),
      argv0: 'valkey-server',
    })
    const tools = await folderWith('redis-check-rdb')
    expect(findRedisBinary('redis-server', tools)).toEqual({
      path: join(tools, 'redis-check-rdb'),
      argv0: 'redis-server',
    })
    expect(findRedisBinary('redis-sentinel', tools).argv0).toBe('redis-sentinel')
  })

  it('is named by an error that says what to install, when there is none', async () => {
    const empty = await folderWith()
    expect(() => findRedisBinary('redis-server', empty)).toThrow(/apt-get install redis-tools.*REDIS_URL/)
  })

  it('is found by the bootstrap script wherever the hub finds it', async () => {
    for (const name of redisBinaries) {
      expect(findRedisBinary('redis-server', await folderWith(name)).path).toContain(name)
    }
  })
})

const printingParent = `
  import { startRedisServer } from '@vwo-hub/sandbox'
  const servers = [await startRedisServer(), await startRedisServer()]
  await servers[0].close()
  console.log(JSON.stringify(servers.map(({ pid, directory }) => ({ pid, directory }))))
  setInterval(() => {}, 1000)`

const forgetfulParent = `
  import { startRedisServer } from '@vwo-hub/sandbox'
  await startRedisServer()`
