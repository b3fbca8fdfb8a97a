/**
 * Does with each package of `examples/` what a person would: installs it from the packed packages, builds it, runs it against a
 * Redis, sees it follow an update and end; or runs its tests. Beside that, other versions and settings of the same tools.
 *
 *     npm run examples                  all of them; names run those alone
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startRedisServer } from '@vwo-hub/sandbox'
import { follow } from './follow.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

interface Manifest {
  readonly scripts: { readonly build?: string; readonly start?: string; readonly test?: string }
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** More of one example: what to install instead, and what to run then. */
interface Variant {
  readonly name: string
  readonly install?: readonly string[]
  readonly command: readonly [string, ...string[]]
}

const compiled = (moduleResolution: string, module: string): Variant => ({
  name: `moduleResolution ${moduleResolution}`,
  command: [
    'npx',
    'tsc',
    '--noEmit',
    '--esModuleInterop',
    '--moduleResolution',
    moduleResolution,
    '--module',
    module,
  ],
})

const variants: Readonly<Record<string, readonly Variant[]>> = {
  typescript: [
    // Beside its own, nodenext.
    compiled('node10', 'commonjs'),
    compiled('node16', 'node16'),
    compiled('bundler', 'esnext'),
    { name: 'TypeScript 5.4', install: ['typescript@5.4'], command: ['npx', 'tsc', '--noEmit'] },
    { name: 'TypeScript 7', install: ['typescript@7'], command: ['npx', 'tsc', '--noEmit'] },
  ],
  jest: [{ name: 'Jest 29', install: ['jest@29', '@types/jest@29'], command: ['npx', 'jest'] }],
}

const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-examples-'))
const redis = await startRedisServer()
const wanted = process.argv.slice(2)
const entries = await readdir(join(root, 'examples'), { withFileTypes: true })
const names = entries.filter((entry) => entry.isDirectory() && entry.name !== 'other-languages')
const failed: string[] = []
await symlink(join(root, 'packed'), join(folder, 'packed'))
for (const { name } of names) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  try {
    await tryExample(name)
  } catch (error) {
    failed.push(name)
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    console.log(`${name.padEnd(15)} FAILS: ${String(error)}\n${stdout}${stderr}`)
  }
}
await redis.close()
await rm(folder, { recursive: true })
console.log(failed.length === 0 ? 'All of them work.' : `Failed: ${failed.join(', ')}.`)
process.exitCode = failed.length === 0 ? 0 : 1

async function tryExample(name: string): Promise<void> {
  const own = join(folder, 'examples', name)
  const tell = (text: string) => console.log(`${name.padEnd(15)} ${text}`)
  // What was installed or built in place stays there.
  await cp(join(root, 'examples', name), own, {
    recursive: true,
    filter: (path) =>
      !/\/(?:node_modules|dist|\.next|package-lock\.json)(?:\/|$)/.test(path.slice(root.length)),
  })
  const { scripts, dependencies, devDependencies } = JSON.parse(
    await readFile(join(own, 'package.json'), 'utf8'),
  ) as Manifest
  const startedAt = performance.now()
  await install(own)
  tell(
    `with ${await versions(own, Object.keys({ ...dependencies, ...devDependencies }))}, installed in ${secondsSince(startedAt)}`,
  )
  if (scripts.build !== undefined)
    await timed('npm run build', () => run('npm', ['run', 'build'], { cwd: own }))
  if (scripts.test !== undefined) await timed('npm test', () => run('npm', ['test'], { cwd: own }))
  if (scripts.start !== undefined) {
    const { startMs, updateMs } = await follow({
      ...{ folder: own, redisUrl: redis.url, environment: name, port: await freePort() },
      command: scripts.start,
    })
    tell(
      `npm start: decides after ${startMs} ms, and otherwise ${updateMs} ms after an update; ends when asked to`,
    )
  }
  for (const variant of variants[name] ?? []) {
    if (variant.install !== undefined) {
      // As in an empty project: npm would keep what other versions have left in places where these do not look.
      for (const left of ['node_modules', 'package-lock.json'])
        await rm(join(own, left), { recursive: true, force: true })
      await install(own, variant.install)
    }
    const [program, ...args] = variant.command
    await timed(variant.name, () => run(program, args, { cwd: own }))
  }

  async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
    const since = performance.now()
    await work()
    tell(`${what}: ${secondsSince(since)}`)
  }
}

async function install(cwd: string, packages: readonly string[] = []): Promise<void> {
  await run(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...packages],
    { cwd },
  )
}

/** Of what stands in its manifest, apart from our own. */
async function versions(own: string, packages: readonly string[]): Promise<string> {
  const others = packages.filter((each) => !each.startsWith('@vwo-hub/') && !each.startsWith('@types/'))
  const told = others.map(async (each) => {
    const manifest = await readFile(join(own, 'node_modules', each, 'package.json'), 'utf8')
    return `${each} ${(JSON.parse(manifest) as { version: string }).version}`
  })
  return (await Promise.all(told)).join(', ')
}

function secondsSince(at: number): string {
  return `${((performance.now() - at) / 1000).toFixed(1)} s`
}

/** For what cannot be asked which one it has taken. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
