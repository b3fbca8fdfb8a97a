import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { VwoSdkModule } from '@vwo-hub/client'
import { expect, it, onTestFinished } from 'vitest'
import { openFullStack } from '../../packages/client/dist/product/fullstack/open-fullstack.js'
import { instanceName } from '@vwo-hub/protocol'
import { identityOf } from '../../packages/client/dist/report/node.js'

/** The SDK as a node reports it. */
function reported(sdk: object): string | number {
  const host = { requestRefresh: async () => {}, report() {}, warn() {} }
  return identityOf(openFullStack({ sdk: sdk as VwoSdkModule }, host).sdk).record.sdk
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
  for (const path of Object.keys(require.cache)) {
    if (path.startsWith(dirname(entry))) delete require.cache[path]
  }
  return require(join(app, 'lib/vwo.cjs')) as object
}

it.each([
  ['without a manifest above it', undefined],
  ['of an app that has a version too', { name: 'shop', version: '9.9.9' }],
])("a node tells the SDK's own version where a module hands the SDK on, %s", async (_where, manifest) => {
  expect(reported(await handedOn(manifest))).toBe('vwo-node-sdk/1.73.0')
})

it('a node tells no version of an SDK that nobody has loaded from a package', () => {
  expect(reported({ launch() {} })).toBe('vwo-node-sdk')
})

it('3,000 hubs and clients with one host and process id, as containers have them, have 3,000 names', () => {
  const names = Array.from({ length: 3000 }, () => instanceName())
  expect(new Set(names.map((name) => name.slice(0, -11))).size).toBe(1)
  expect(new Set(names).size).toBe(3000)
  expect(identityOf({ name: 'vwo-node-sdk', version: '' }).id.length).toBe(names[0]?.length)
})
