import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buildOnce } from '../../scripts/built.mjs'
import { nodeComplaint } from '../../scripts/node-version.mjs'
import { isInStep } from '../../scripts/packages.mjs'
import { startArguments } from '../../scripts/start-arguments.mjs'

const run = promisify(execFile)
const scripts = join(import.meta.dirname, '../../scripts')

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
  onTestFinished(async () => {
    await rm(folder, { recursive: true })
  })
  return folder
}

/** A folder to use as PATH, with programs that are shell scripts, and with what those need. */
async function pathWith(programs: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  return folder
}

describe('the Node version', () => {
  it.each(['20.19.0', '20.20.2', '22.1.0', '24.0.0'])('%s is good for >=20.19', (version) => {
    expect(nodeComplaint(version, '>=20.19')).toBeUndefined()
  })

  it.each(['20.18.9', '18.20.8', '12.22.12'])('%s is not, and the user is told what is', (version) => {
    expect(nodeComplaint(version, '>=20.19')).toMatch(`needs Node 20.19 or later, this is Node ${version}.`)
  })
})

describe('npm start', () => {
  it('runs everything locally without a VWO account, and a hub with one', () => {
    expect(startArguments([], {})).toEqual(['dev'])
    expect(startArguments([], { VWO_ACCOUNT_ID: '' })).toEqual(['dev'])
    expect(startArguments([], { VWO_ACCOUNT_ID: '1' })).toEqual(['serve'])
    expect(startArguments([], { HUB_CONFIG: 'hub.json' })).toEqual(['serve'])
  })

  it('passes arguments on, and runs the command that they name', () => {
    expect(startArguments(['--port', '9000'], {})).toEqual(['dev', '--port', '9000'])
    expect(startArguments(['status', 'prod'], {})).toEqual(['status', 'prod'])
  })
})

describe('the bootstrap script', () => {
  it('says what it can do when asked for something else, and ends with 2', async () => {
    await expect(run(process.execPath, [join(scripts, 'bootstrap.mjs'), 'fly'])).rejects.toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        'bootstrap.mjs: expected one of start, test, pack, prepack, build, bench, bench:scaling, chaos, agreement, alerts, interop, newcomer, examples, got "fly".\n',
    })
  })

  it('installs nothing when the installed packages are in step with the lockfile', async () => {
    const root = await temporaryFolder()
    expect(isInStep(root)).toBe(false)
    await writeFile(join(root, 'pnpm-lock.yaml'), 'lockfileVersion: 9')
    const folders = ['protocol', 'sandbox', 'client', 'hub'].map((name) => `packages/${name}`)
    for (const folder of ['.', ...folders, 'test']) {
      await mkdir(join(root, folder, 'node_modules'), { recursive: true })
    }
    expect(isInStep(root)).toBe(false)
    await mkdir(join(root, 'node_modules/.pnpm'))
    await writeFile(join(root, 'node_modules/.pnpm/lock.yaml'), 'lockfileVersion: 9')
    expect(isInStep(root)).toBe(true)
    await writeFile(join(root, 'pnpm-lock.yaml'), 'lockfileVersion: 10')
    expect(isInStep(root)).toBe(false)
  })

  it('builds nothing when what was built last is there and made of the same files', async () => {
    const root = await temporaryFolder()
    const sources = join(root, 'packages/hub/src')
    const built = join(root, 'packages/hub/dist/tsconfig.tsbuildinfo')
    await mkdir(sources, { recursive: true })
    await mkdir(join(built, '..'))
    await writeFile(join(sources, 'hub.ts'), 'export {}')
    let builds = 0
    const isBuilt = async (): Promise<boolean> => {
      const before = builds
      await buildOnce(root, async () => {
        builds += 1
        await writeFile(built, String(builds))
      })
      return builds > before
    }
    expect(await isBuilt()).toBe(true)
    expect(await isBuilt()).toBe(false)
    const changes = [
      () => writeFile(join(sources, 'hub.ts'), 'export const hub = 1'),
      () => writeFile(join(sources, 'log.ts'), 'export {}'),
      () => rename(join(sources, 'log.ts'), join(sources, 'logs.ts')),
      () => rm(join(sources, 'logs.ts')),
      () => rm(built),
      () => rm(join(root, 'node_modules'), { recursive: true }),
    ]
    for (const change of changes) {
      await change()
      expect(await isBuilt(), String(change)).toBe(true)
      expect(await isBuilt(), String(change)).toBe(false)
    }
  })

  it('builds again after a build that failed', async () => {
    const root = await temporaryFolder()
    await expect(
      buildOnce(root, () => Promise.reject(new Error('no'))),
      'the first',
    ).rejects.toThrow('no')
    await expect(
      buildOnce(root, () => Promise.reject(new Error('again'))),
      'the second',
    ).rejects.toThrow('again')
  })

  it('passes on exit codes and signals', async () => {
    const passing = (code: string) => [
      '--input-type=module',
      '-e',
      `import { passOn } from ${JSON.stringify(join(scripts, 'run.mjs'))}
       await passOn(process.execPath, ['-e', ${JSON.stringify(code)}])`,
    ]
    await expect(run(process.execPath, passing('process.exit(7)'))).rejects.toMatchObject({ code: 7 })

    const obeying = `process.on('SIGTERM', () => process.exit(5)); console.log('up'); setInterval(() => {}, 1000)`
    const obedient = spawn(process.execPath, passing(obeying), { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(obedient.stdout, 'data')
    obedient.kill('SIGTERM')
    expect(await once(obedient, 'exit')).toEqual([5, null])

    const dying = `console.log('up'); setInterval(() => {}, 1000)`
    const mortal = spawn(process.execPath, passing(dying), { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(mortal.stdout, 'data')
    mortal.kill('SIGTERM')
    expect(await once(mortal, 'exit')).toEqual([null, 'SIGTERM'])
  })
})

describe('a Redis server for the bootstrap script', () => {
  /** Runs `ensureRedis` with this PATH; resolves with what was called, in order. */
  async function ensureWith(path: string, isRoot = false): Promise<{ calls: string[]; said: string }> {
    const calls = join(path, 'calls')
    await writeFile(calls, '')
    const { stderr } = await run(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { ensureRedis } from ${JSON.stringify(join(scripts, 'redis.mjs'))}
         await ensureRedis({ isRoot: ${isRoot} }).catch((error) => { console.error(error.message) })`,
      ],
      { env: { PATH: path, CALLS: calls } },
    )
    const lines = (await readFile(calls, 'utf8')).split('\n').filter((line) => line !== '')
    return { calls: lines, said: stderr }
  }
  const record = 'echo "$(/usr/bin/basename "$0") $*" >> "$CALLS"'

  it('is not installed when one is there, silently', async () => {
    const path = await pathWith({ 'redis-check-rdb': 'true', 'apt-get': record })
    expect(await ensureWith(path)).toEqual({ calls: [], said: '' })
  })

  it.each([true, false])('is installed with the machine’s package manager (as root: %s)', async (isRoot) => {
    const bring = `${record}; case "$*" in *install*) /bin/cp "$0" "$(/usr/bin/dirname "$0")/redis-check-rdb";; esac`
    const sudo = `${record}; shift; "$@"`
    const path = await pathWith({ 'apt-get': bring, sudo, true: 'exit 0' })
    const { calls, said } = await ensureWith(path, isRoot)
    expect(calls.filter((call) => call.startsWith('apt-get'))).toEqual([
      'apt-get update',
      'apt-get install -y --no-install-recommends redis-tools',
    ])
    const asked = calls.filter((call) => call.startsWith('sudo'))
    expect(asked.every((call) => call.startsWith('sudo -n '))).toBe(true)
    expect(asked.length > 0).toBe(!isRoot)
    expect(said).toBe('Installing Redis with apt-get …\n')
  })

  it('is not installed without the rights to, and the user is told what to do', async () => {
    const { calls, said } = await ensureWith(await pathWith({ 'apt-get': record, sudo: 'exit 1' }))
    expect(calls).toEqual([])
    expect(said).toMatch(/apt-get needs root.*\n.*apt-get install redis-tools/)
  })

  it('leads to an error that says what to do when it cannot be installed', async () => {
    const failing = await ensureWith(await pathWith({ 'apt-get': 'echo no network; exit 100' }), true)
    expect(failing.said).toMatch(/"apt-get update" ended with 100:\nno network\n.*\nInstall one/s)
    const bare = await ensureWith(await pathWith({}))
    expect(bare.said).toMatch(/no package manager that it knows is on PATH/)
  })
})

describe('a browser for the tests', () => {
  it('is found by any of its names, and installed where none is', async () => {
    const bring = `case "$*" in *install*chromium-headless-shell) /bin/cp "$0" "$(/usr/bin/dirname "$0")/chromium-headless-shell";; esac`
    const path = await pathWith({ 'apt-get': bring })
    const ensureAndFind = `import { ensureBrowser, findBrowser } from ${JSON.stringify(join(scripts, 'browser.mjs'))}
      try { console.log(findBrowser()) } catch ({ message }) { console.log(message) }
      await ensureBrowser({ isRoot: true })
      console.log(findBrowser())`
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', ensureAndFind], {
      env: { PATH: path },
    })
    expect(stderr).toBe('Installing Chromium with apt-get …\n')
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(
        /^Expected one of chromium-headless-shell, .* on PATH, found none\. Install Chromium/,
      ),
      join(path, 'chromium-headless-shell'),
      '',
    ])
  })
})

describe('the proxies for the tests', () => {
  it('are installed, each that is not there, and not left running as services', async () => {
    const bring = `for last; do :; done; case "$*" in install*) /bin/cp "$0" "$(/usr/bin/dirname "$0")/$last";; esac`
    const path = await pathWith({
      'apt-get': bring,
      systemctl: 'echo "systemctl $*" >> "$CALLS"; exit 1',
      sh: 'eval "$2"',
      haproxy: '',
    })
    const calls = join(path, 'calls')
    const ensure = `import { ensureProxies } from ${JSON.stringify(join(scripts, 'proxies.mjs'))}
      await ensureProxies({ isRoot: true, usual: ${JSON.stringify(path)} })`
    const { stderr } = await run(process.execPath, ['--input-type=module', '-e', ensure], {
      env: { PATH: path, CALLS: calls },
    })
    expect(stderr).toBe('Installing nginx with apt-get …\n')
    expect(await readFile(calls, 'utf8')).toBe('systemctl disable --now nginx\n')
  })
})
