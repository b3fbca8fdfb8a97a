import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { isRunning } from '../support/processes.ts'
import { isEverything } from '../support/runs.ts'
import { until } from '../support/until.ts'

const cli = join(import.meta.dirname, '../../packages/hub/dist/cli.js')

/** What an app process reported last. */
interface Reported {
  readonly name: string
  readonly pid: number
  readonly revision: number
  readonly decisions: string
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A port that another program listens on. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Runs `vwo-hub dev` as a person does, but with its output into a pipe. */
async function startDev(...options: string[]) {
  const folder = await temporaryFolder()
  const file = join(folder, 'vwo-settings.json')
  const { REDIS_URL: _redis, HUB_PREFIX: _prefix, ...env } = process.env
  const dev = spawn(process.execPath, [cli, 'dev', file, '--port', '0', '--admin-port', '0', ...options], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(async () => {
    if (dev.exitCode === null && dev.signalCode === null) {
      dev.kill('SIGKILL')
      await once(dev, 'exit')
    }
  })
  let said = ''
  for (const stream of [dev.stdout, dev.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }

  function lastReports(): Reported[] {
    if (dev.exitCode !== null) throw new Error(`expected vwo-hub dev to run, it ended:\n${said}`)
    const reports = new Map<string, Reported>()
    const line = /(app-\d) \(pid (\d+)\) ready, revision (\d+)(?: after \d+ ms)?: (.*)/g
    for (const [, name = '', pid, revision, decisions = ''] of said.matchAll(line)) {
      reports.set(name, { name, pid: Number(pid), revision: Number(revision), decisions })
    }
    return [...reports.values()].toSorted((a, b) => a.name.localeCompare(b.name))
  }

  return {
    dev,
    file,
    said: () => said,
    lastReports,
    /** Waits until all three apps decide with the same revision, and their decisions look like this. */
    async agreed(pattern: RegExp): Promise<Reported[]> {
      return await until(
        lastReports,
        (reports) =>
          reports.length === 3 &&
          new Set(reports.map(({ revision }) => revision)).size === 1 &&
          reports.every(({ decisions }) => pattern.test(decisions)),
      )
    },
    async edit(change: (text: string) => string): Promise<void> {
      await writeFile(file, change(await readFile(file, 'utf8')))
    },
    /** The ports of Redis, VWO and both listeners of the hub. */
    ports: () => [...said.matchAll(/(?:http|redis):\/\/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port)),
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return await new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}

async function ended(process: ChildProcess): Promise<unknown> {
  if (process.exitCode !== null || process.signalCode !== null) return [process.exitCode, process.signalCode]
  return await once(process, 'exit')
}

async function nothingIsLeftOf(pids: readonly number[], ports: readonly number[]): Promise<void> {
  await until(
    () => pids.filter(isRunning),
    (left) => left.length === 0,
  )
  await until(
    async () => (await Promise.all(ports.map(isListening))).filter(Boolean),
    (left) => left.length === 0,
  )
}

describe('vwo-hub dev', () => {
  it('has three apps with the SDK of FME follow, shows what the hub says to a file that it is told to serve broken, and leaves nothing behind even when it is killed', async () => {
    const { dev, file, agreed, edit, lastReports, ports, said } = await startDev(
      '--product',
      'fme',
      '--serve-broken',
    )
    const before = await agreed(
      /new-search ada=on, "Find" .* eve=off paul=off; checkout-button ada=on, "Buy now"/,
    )
    const sample = await readFile(file, 'utf8')
    await edit((text) => text.slice(0, -20))
    await until(said, (text) => /hub, refused: .*expected JSON/.test(text))
    expect(lastReports()).toEqual(before)

    await writeFile(file, sample.replace('"weight": 50', '"weight": 100').replace('"Find"', '"Search"'))
    const reports = await agreed(/new-search ada=on, "Search" .* paul=on, "Search";/)
    const used = ports()

    // What it says is what commands need to find it.
    const url = /export (REDIS_URL)=(\S+)/.exec(said())?.[2] ?? ''
    expect(used).toContain(Number(new URL(url).port))
    const nodes = () => runCommand(['nodes'], { env: { REDIS_URL: url } })
    await until(nodes, ({ stdout }) => stdout.includes('3 of 3 nodes on the newest revision'))

    dev.kill('SIGKILL')
    await nothingIsLeftOf(
      reports.map(({ pid }) => pid),
      used,
    )
  })

  it('writes a sample, lets three processes follow each change of it, and leaves nothing behind on SIGINT', async () => {
    const { dev, agreed, edit, said, ports, lastReports } = await startDev()
    const [first] = await agreed(/checkout-button ada=Control .*; new-search ada=on, 20 .* eve=off paul=off;/)

    await edit((text) =>
      text.replace('"percentTraffic": 50', '"percentTraffic": 70').replace('"value": 20', '"value": 30'),
    )
    const [second] = await agreed(/new-search ada=on, 30 .* eve=on, 30 paul=off;/)
    expect(second?.revision).toBeGreaterThan(first?.revision ?? Infinity)

    // Not JSON: told, and not served.
    await edit((text) => text.replace('"campaigns": [', '"campaigns": [,'))
    await until(said, (text) => text.includes('is not JSON at the moment'))
    await edit((text) =>
      text.replace('"campaigns": [,', '"campaigns": [').replace('"value": 30', '"value": 40'),
    )
    const [third] = await agreed(/new-search ada=on, 40 /)

    // A killed app comes back with what is current.
    const killed = lastReports()[0]?.pid ?? 0
    process.kill(killed, 'SIGKILL')
    await until(said, (text) => text.includes('app-1 has ended (SIGKILL) and is started again'))
    await until(lastReports, (reports) => reports[0]?.pid !== killed)
    const reports = await agreed(/new-search ada=on, 40 /)
    expect(reports[0]?.revision).toBe(third?.revision)

    const used = ports()
    expect(used.length).toBeGreaterThan(3)
    dev.kill('SIGINT')
    expect(await ended(dev)).toEqual([0, null])
    await nothingIsLeftOf([...reports.map(({ pid }) => pid), killed], used)
  })

  // The same as SIGINT for all but the system.
  it.each(isEverything ? (['SIGTERM', 'SIGHUP'] as const) : [])(
    'ends on %s, too, also while it starts',
    async (signal) => {
      const { dev, said } = await startDev()
      await until(said, (text) => text.includes('Ctrl-C ends all of it'))
      dev.kill(signal)
      expect(await ended(dev)).toEqual([0, null])
    },
  )

  it.each([
    ['--port', "error: option '--port <port>' argument 'x' is invalid. expected a port, from 0 to 65535.\n"],
    ['HUB_PORT', 'HUB_PORT: expected a port, from 0 to 65535, got "x".\n'],
    ['HUB_ADMIN_PORT', 'HUB_ADMIN_PORT: expected a port, from 0 to 65535, got "x".\n'],
  ])('listens where %s says, or says that it cannot', async (name, refusal) => {
    const file = join(await temporaryFolder(), 'vwo-settings.json')
    const run = async (port: string) =>
      name.startsWith('--')
        ? await runCommand(['dev', file, name, port])
        : await runCommand(['dev', file], { env: { [name]: port } })
    const taken = await takenPort()
    const { code, stderr } = await run(String(taken))
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(
        new RegExp(`127\\.0\\.0\\.1:${taken}.*another program listens`),
      ) as string,
    })
    expect(await run('x')).toEqual({ code: 2, stdout: '', stderr: refusal })
  })
})
