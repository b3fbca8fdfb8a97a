import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ensureBrowser } from './browser.mjs'
import { buildOnce, packedFiles, packOnce } from './built.mjs'
import { bundleClient } from './client-bundle.mjs'
import { packAll } from './pack.mjs'
import { installPackages } from './packages.mjs'
import { ensurePromtool } from './promtool.mjs'
import { ensureRedis } from './redis.mjs'
import { ensureProxies } from './proxies.mjs'
import { capture, passOn } from './run.mjs'
import { startArguments } from './start-arguments.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * @param {string | undefined} task one of `tasks`
 * @param {string[]} args passed on to what is run
 * @param {string} packageManager as in package.json: `pnpm@1.2.3`
 */
export async function runTask(task, args, packageManager) {
  const run = tasks[task ?? '']
  if (run === undefined) {
    throw new Error(
      `bootstrap.mjs: expected one of ${Object.keys(tasks).join(', ')}, got ${JSON.stringify(task)}.`,
    )
  }
  await installPackages(root, packageManager)
  await run(args, packageManager)
}

/** @type {Record<string, (args: string[], packageManager: string) => Promise<void>>} */
const tasks = {
  start,
  test,
  pack,
  // What `npm pack` and `npm publish` run in each package: they work in a bare clone, too.
  prepack: () => build(),
  build: () => build('.'),
  bench: (args) => measure('bench/run.ts', args),
  'bench:scaling': (args) => measure('bench/scaling/main.ts', args),
  chaos: (args) => measure('chaos/main.ts', args),
  agreement: (args) => measure('agreement/main.ts', args),
  async alerts(args) {
    await ensurePromtool()
    await measure('alerts/main.ts', args)
  },
  interop: (args) => measure('interop/run.ts', args),
  newcomer: (args) => measure('examples/newcomer.ts', args),
  async examples(args) {
    await pack()
    await measure('examples/run.ts', args)
  },
}

async function pack() {
  await packOnce(root, async () => {
    await build()
    await packAll(root)
  })
  console.log(packedFiles.join('\n'))
}

/**
 * Builds, and runs a program of `test/` that is for people: it takes minutes.
 *
 * @param {string} program
 * @param {string[]} args
 */
async function measure(program, args) {
  await ensureRedis()
  await buildOnce(root, build)
  await passOn(process.execPath, ['--import', 'tsx', program, ...args], { cwd: join(root, 'test') })
}

/** @param {string[]} args of `npm start --` */
async function start(args) {
  const hubArguments = startArguments(args, process.env)
  if (hubArguments[0] === 'dev' && !process.env.REDIS_URL) await ensureRedis()
  await buildOnce(root, build)
  // In this process: each one in between takes its time, and must pass on signals and exit codes.
  const cli = join(root, 'packages/hub/dist/cli.js')
  process.argv.splice(1, Infinity, cli, ...hubArguments)
  await import(pathToFileURL(cli).href)
}

/** @param {string} [project] of TypeScript, with what it refers to; default: the packages */
async function build(project = 'packages/hub') {
  const { code, output } = await capture(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-b', project],
    { cwd: root },
  )
  if (code !== 0) throw new Error(`The build failed:\n${output}`)
  await bundleClient(root)
}

/**
 * @param {string[]} args of `npm test --`
 * @param {string} packageManager
 */
async function test(args, packageManager) {
  await ensureRedis()
  // Without a browser, a proxy or promtool its tests fail, and say so; the others are worth running.
  for (const ensure of [ensureBrowser, ensureProxies, ensurePromtool]) {
    await ensure().catch((error) => console.error(error.message))
  }
  // Through pnpm, so that it is on the PATH of the checks that pack the packages.
  await passOn('npx', ['--yes', packageManager, 'run', 'ws:test', ...args], { cwd: root })
}
