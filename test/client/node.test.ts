import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Client, createClient } from '@vwo-hub/client'
import { createFmeClient } from '@vwo-hub/client/fme'
import { init } from 'vwo-fme-node-sdk'
import { expect, it, onTestFinished } from 'vitest'
import { instanceName } from '@vwo-hub/protocol'
import { openEnvironment } from '../support/environment.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()

/** What Redis has of the node that is a client with this SDK. */
async function reportOf(sdk: object, create = createClient as (options: object) => Pick<Client, 'close'>) {
  const environment = `env-${randomUUID()}`
  const { handle, store } = await openEnvironment(server.url, environment)
  cleanUps.push(() => store.close())
  const client = create({ environment, redis: server.url, sdk })
  cleanUps.push(client.close)
  const { nodes } = await until(handle.read.nodes, ({ total }) => total === 1)
  return nodes[0] ?? expect.fail('expected a node')
}

const require = createRequire(import.meta.url)
const entry = require.resolve('vwo-node-sdk')

/** The SDK as a module of an app hands it on, which is loaded before what it hands on. */
async function handedOn(manifest?: object): Promise<object> {
  const app = await mkdtemp(join(tmpdir(), 'vwo-hub-app-'))
  onTestFinished(() => rm(app, { recursive: true }))
  await mkdir(join(app, 'lib'))
  await writeFile(join(app, 'lib/vwo.cjs'), `module.exports = require(${JSON.stringify(entry)})`)
  if (manifest !== undefined) await writeFile(join(app, 'package.json'), JSON.stringify(manifest))
  const { cache } = require
  const loaded = Object.entries(cache).filter(([path]) => path.startsWith(dirname(entry)))
  for (const [path] of loaded) delete cache[path]
  onTestFinished(() => void Object.assign(cache, Object.fromEntries(loaded)))
  return require(join(app, 'lib/vwo.cjs')) as object
}

it.each([
  ['without a manifest above it', undefined],
  ['of an app that has a version too', { name: 'shop', version: '9.9.9' }],
])("a node tells the SDK's own version where a module hands the SDK on, %s", async (_where, manifest) => {
  expect(await reportOf(await handedOn(manifest))).toMatchObject({ sdk: 'vwo-node-sdk/1.73.0' })
})

it('a node tells no version of an SDK that nobody has loaded from a package', async () => {
  expect(await reportOf({ launch() {} })).toMatchObject({ sdk: 'vwo-node-sdk' })
})

it('a node tells the version of an SDK that is imported, unless parts of two are loaded', async () => {
  const create = createFmeClient as (options: object) => Pick<Client, 'close'>
  expect(await reportOf({ init }, create)).toMatchObject({ sdk: 'vwo-fme-node-sdk/1.35.0' })
  const other = join(await mkdtemp(join(tmpdir(), 'vwo-hub-app-')), 'vwo-fme-node-sdk')
  onTestFinished(() => rm(dirname(other), { recursive: true }))
  await mkdir(join(other, 'dist'), { recursive: true })
  await writeFile(join(other, 'package.json'), '{ "name": "vwo-fme-node-sdk", "version": "9.9.9" }')
  const part = join(other, 'dist/VERSION.js')
  await writeFile(part, 'module.exports = { version: "9.9.9" }')
  require(part)
  onTestFinished(() => void delete require.cache[part])
  expect(await reportOf({ init }, create)).toMatchObject({ sdk: 'vwo-fme-node-sdk' })
})

it('3,000 hubs and clients with one host and process id, as containers have them, have 3,000 names', async () => {
  const names = Array.from({ length: 3000 }, () => instanceName())
  expect(new Set(names.map((name) => name.slice(0, -11))).size).toBe(1)
  expect(new Set(names).size).toBe(3000)
  expect((await reportOf({ launch() {} })).id.length).toBe(names[0]?.length)
})
