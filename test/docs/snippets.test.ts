import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startRedisServer } from '@vwo-hub/sandbox'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { fme } from '../../packages/hub/dist/product/fme/fme.js'
import { fullstack } from '../../packages/hub/dist/product/fullstack/fullstack.js'
import { createPublisher } from '../support/publisher.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const pages = [
  'README.md',
  'packages/client/README.md',
  'packages/sandbox/README.md',
  'docs/apps-without-redis.md',
  'docs/from-fullstack-to-fme.md',
  'docs/metrics.md',
  'docs/migration.md',
]

/** What snippets take as given. */
const given = `
declare const vwo: import('@vwo-hub/client').Client
declare const vwoSdk: typeof import('vwo-node-sdk')
declare const Redis: typeof import('ioredis').Redis
declare const createClient: typeof import('@vwo-hub/client').createClient
declare const userId: string
declare const userStorageService: { get(userId: string, campaignKey: string): object; set(data: object): boolean }
declare const settingsFile: object, changedSettingsFile: object
declare const storage: { get(): Promise<undefined>; set(): Promise<boolean> }, callback: () => void
declare const sdkKey: string
declare module 'express'
declare namespace NodeJS {
  interface ProcessEnv { REDIS_URL: string; VWO_ACCOUNT_ID: string; VWO_SDK_KEY: string }
}
`

/** No name leads anywhere. */
const offline = `
import dns from 'node:dns'
dns.lookup = (name, options, done = options) =>
  process.nextTick(done, Object.assign(new Error('offline'), { code: 'ENOTFOUND' }))
`

interface Snippet {
  readonly file: string
  readonly code: string
}

let folder: string
let snippets: readonly Snippet[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
  await symlink(join(root, 'test/node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'given.d.ts'), given)
  const judging = fullstack.open()
  const text = Buffer.from(JSON.stringify(settingsFile({ campaigns: [abTest('checkout', { goals: [] })] })))
  await writeFile(join(folder, 'vwo.d.ts'), await judging.types({ environment: 'prod', text }))
  await judging.close()
  snippets = (await Promise.all(pages.map(snippetsOf))).flat()
  await Promise.all(snippets.map(({ file, code }) => writeFile(join(folder, file), code)))
})
afterAll(() => rm(folder, { recursive: true }))

/** Named after their pages and lines; JavaScript is CommonJS where it does not import. */
async function snippetsOf(page: string): Promise<Snippet[]> {
  const text = await readFile(join(root, page), 'utf8')
  return [...text.matchAll(/^```(ts|js)\n(.*?)^```$/gms)].map(({ index, 1: language, 2: code = '' }) => {
    const line = text.slice(0, index).split('\n').length
    const name = `${page.replaceAll('/', '-')}-line-${line}`
    if (language === 'js' && !code.includes('import '))
      return { file: `${name}.cjs`, code: `${code}module.exports = {}\n` }
    return { file: `${name}.${language === 'ts' ? 'ts' : 'mjs'}`, code: `${code}export {}\n` }
  })
}

it('the programs in the documents are right by the types of the packages', async () => {
  expect(snippets.length).toBeGreaterThan(10)
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2023', lib: ['es2023', 'esnext.disposable'], types: ['node'] },
    ...{ strict: true, noImplicitAny: false, skipLibCheck: true, noEmit: true, allowJs: true, checkJs: true },
  }
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts', '*.cjs', 'docs-*.mjs', 'packages-*.mjs'] }),
  )
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const told = await run(process.execPath, [tsc, '-p', folder], { cwd: folder }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { readonly stdout: string }) => stdout,
  )
  expect(told).toBe('')
})

it.each([
  ['createClient', 'fullstack', fullstack.sample, 'variation'],
  ['createFmeClient', 'fme', fme.sample, 'label'],
] as const)(
  'what the README shows of %s decides as it stands there',
  async (maker, product, sample, decided) => {
    const server = await startRedisServer()
    onTestFinished(server.close)
    const publisher = await createPublisher(server.url, 'prod', product)
    onTestFinished(publisher.close)
    await publisher.publish(sample)
    const snippet = snippets.find(({ file, code }) => file.startsWith('README') && code.includes(`${maker}(`))
    const says = `console.log(vwo.settings().source, typeof ${decided})\nprocess.exit()\n`
    await writeFile(join(folder, `${maker}.mjs`), `${snippet?.code}${says}`)
    // They would tell VWO of decisions.
    await writeFile(join(folder, 'offline.mjs'), offline)
    const env = { ...process.env, REDIS_URL: server.url }
    const node = ['--import', './offline.mjs', `${maker}.mjs`]
    const { stdout } = await run(process.execPath, node, { cwd: folder, env })
    expect(stdout).toMatch(/^redis string$/m)
  },
)

it('what the client shows for tests of apps runs as it stands there', async () => {
  const snippet = snippets.find(({ code }) => code.includes('createTestClient'))
  const asks = "console.log(vwo.activate('checkout', 'ann'), vwo.campaigns().length)\n"
  await writeFile(join(folder, 'tests.mjs'), `${snippet?.code}${asks}`)
  const { stdout } = await run(process.execPath, ['tests.mjs'], { cwd: folder })
  expect(stdout).toBe('Green 2\n')
})
