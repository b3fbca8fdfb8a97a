import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ProductName } from '@vwo-hub/protocol'
import { describe, expect, it } from 'vitest'
import { declare } from '../../packages/hub/dist/product/types/declare.js'
import { runCommand } from '../support/cli.ts'
import { abTest as fmeTest, fmeSettings, rollout } from '../support/fme-settings.ts'
import { createPublisher } from '../support/publisher.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { abTest, featureTest, goal, settingsFile } from '../support/settings-file.ts'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)
const { server, cleanUps } = await redisForFile()

const fullstack = settingsFile({
  campaigns: [
    featureTest('price', { goals: [] }),
    abTest('checkout', { goals: [goal('bought'), goal('seen')] }),
  ],
})
const label = { id: 1, key: 'label', type: 'string', value: 'Buy' }
const theme = { id: 2, key: 'theme', type: 'json', value: { dark: true } }
const fme = fmeSettings([
  {
    key: 'search',
    rules: [rollout({ variables: [label, theme] }), fmeTest()],
    metrics: ['purchase'],
  },
  { key: 'menu', rules: [rollout({ variables: [{ ...label, value: 5 }] })], metrics: ['sign up'] },
])

async function setUp(product: ProductName = 'fullstack') {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment, product)
  cleanUps.push(publisher.close)
  const env = { REDIS_URL: server.url }
  return {
    environment,
    publish: (file: object) => publisher.publish(JSON.stringify(file)),
    types: (...args: string[]) => runCommand(['types', environment, ...args], { env }),
  }
}

/** What the command writes for one settings-file. */
async function typesOf(file: object, product: ProductName): Promise<string> {
  const { publish, types } = await setUp(product)
  await publish(file)
  const { code, stdout, stderr } = await types()
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

/** What the compiler says of these files, as in an app that has the client installed. */
async function compile(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
  cleanUps.push(() => rm(folder, { recursive: true }))
  await symlink(join(root, 'test/node_modules'), join(folder, 'node_modules'))
  const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, types: [] }
  const all = {
    ...files,
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: true } }),
  }
  await Promise.all(Object.entries(all).map(([name, text]) => writeFile(join(folder, name), text)))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return await run(process.execPath, [tsc, '-p', folder], { cwd: folder }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { readonly stdout: string }) => stdout,
  )
}

/** Names that end a literal, a line or a comment, that turn text around, or that objects have of their own. */
const hostileNames = [
  ...['"', "'", '`${x}', '\\', '\\"', '\n', '\r\n', '\u2028', '\u202E', '\u0000', '\uD800', '\u{1F600}'],
  ...[
    '*/',
    '//',
    '</script>',
    '123',
    '1e3',
    '',
    ' ',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'Ünïcode',
  ],
]

describe('vwo-hub types', () => {
  it('writes the keys of a settings-file, sorted: for FullStack', async () => {
    const { environment, publish, types } = await setUp()
    await publish(fullstack)
    const written = `// Made by "vwo-hub types ${environment}". Do not edit: make it anew when keys change at VWO.

export interface Vwo {
  campaigns: {
    checkout: {
      goals:
        | "bought"
        | "seen"
      variables: never
    }
    price: {
      goals: never
      variables:
        | "colour"
    }
  }
}
`
    expect(await types()).toEqual({ code: 0, stdout: written, stderr: '' })
    await publish({ ...fullstack, version: 2, campaigns: [...(fullstack.campaigns as [])].toReversed() })
    expect((await types()).stdout).toBe(written)
  })

  it('writes the keys of a settings-file, with the types of variables as the SDK hands them out: for FME', async () => {
    expect(await typesOf(fme, 'fme')).toMatch(`
  events:
    | "purchase"
    | "sign up"
  features: {
    menu: {
      variables: {
        label: number
      }
    }
    search: {
      variables: {
        label: string
        theme: object
      }
    }
  }
`)
  })

  it('says no where there is no such revision, and refuses one of the other product', async () => {
    const { publish, types } = await setUp('fme')
    expect(await types()).toMatchObject({ code: 1, stdout: '' })
    await publish(fullstack)
    expect(await types()).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        'Cannot write types of settings-files: expected them of product "fme", got one of "fullstack".\n',
    })
  })

  it('makes of a misspelling an error of the compiler, and of what is spelt right none', async () => {
    const files = {
      'campaigns.d.ts': await typesOf(fullstack, 'fullstack'),
      'features.d.ts': await typesOf(fme, 'fme'),
      'hostile.d.ts': declare(
        'prod',
        new Map([['campaigns', new Map(hostileNames.map((name) => [name, new Set(hostileNames)]))]]),
      ),
      'app.ts': `
import { createClient, type Client } from '@vwo-hub/client'
import { createFmeClient, type FmeClient } from '@vwo-hub/client/fme'
import { createProvider } from '@vwo-hub/client/openfeature'
import { createFmeTestClient, createTestClient } from '@vwo-hub/client/testing'
import { init } from 'vwo-fme-node-sdk'
import vwoSdk, { type vwoInstance } from 'vwo-node-sdk'
import type { Vwo } from './campaigns.js'
import type { Vwo as Fme } from './features.js'
import type { Vwo as Hostile } from './hostile.js'

const given = { environment: 'prod', redis: 'redis://redis', sdk: vwoSdk }
const vwo: Client<Vwo> = createClient<Vwo>(given)
const colour = vwo.activate('checkout', 'ann')?.toUpperCase()
vwo.isFeatureEnabled('price', 'ann') satisfies boolean
vwo.track(['checkout', 'price'], 'ann', 'bought', { revenueValue: 5 })
vwo.track(null, 'ann', 'seen')
vwo.getFeatureVariableValue('price', 'colour', 'ann')
const anyKey: Client = vwo
const asTyped: vwoInstance = anyKey
createProvider(vwo)
// @ts-expect-error
vwo.activate('chekout', 'ann')
// @ts-expect-error
vwo.isFeatureEnabled('Price', 'ann')
// @ts-expect-error
vwo.track(null, 'ann', 'bougt')
// @ts-expect-error
vwo.track(['checkout', 'prize'], 'ann', 'bought')
// @ts-expect-error
vwo.getFeatureVariableValue('price', 'color', 'ann')
// @ts-expect-error of another campaign
vwo.getFeatureVariableValue('checkout', 'colour', 'ann')

const launch = { returnPromiseFor: { all: true } } as const
createClient<Vwo, typeof launch>({ ...given, launch }).activate('checkout', 'ann') satisfies Promise<string | null>
createClient<Vwo>({ ...given, launch: { isDevelopmentMode: true } }).activate('checkout', 'ann') satisfies string | null
// @ts-expect-error answers would not be of the type that they have
createClient<Vwo>({ ...given, launch })
// @ts-expect-error
createClient<Vwo, typeof launch>({ ...given, launch }).activate('chekout', 'ann')
// Without keys any will do, and what is answered follows from the options.
createClient(given).activate('anything', 'ann') satisfies string | null
createClient({ ...given, launch: { returnPromiseFor: { all: true } } }).activate('x', 'ann') satisfies Promise<string | null>
createClient<typeof launch>({ ...given, launch }).activate('x', 'ann') satisfies Promise<string | null>
// @ts-expect-error
createTestClient<Vwo>({ sdk: vwoSdk, settings: {} }).activate('chekout', 'ann')

const fme: FmeClient<Fme> = createFmeClient<Fme>({ ...given, sdk: { init } })
createProvider(fme)
const ann = { id: 'ann' }
fme.trackEvent('sign up', ann)
const flag = await fme.getFlag('search', ann)
flag.getVariable('label', 'Find') satisfies string
flag.getVariable('theme') satisfies object | undefined
const other = await fme.getFlag('menu', ann)
other.getVariable('label', 5).toFixed()
// @ts-expect-error
fme.getFlag('serch', ann)
// @ts-expect-error
fme.trackEvent('signup', ann)
// @ts-expect-error
flag.getVariable('lable')
// @ts-expect-error
flag.getVariable('label', 5)
// @ts-expect-error of another feature
other.getVariable('theme')
const anyFlag = await createFmeClient({ ...given, sdk: { init } }).getFlag('anything', ann)
anyFlag.getVariable('x', 5) satisfies number
anyFlag.getVariable<string>('x')?.toUpperCase()
// @ts-expect-error
void (await createFmeTestClient<Fme>({ sdk: { init }, settings: {} })).getFlag('serch', ann)

const names = ${JSON.stringify(hostileNames).replace('\\u2028', '\\u2028')} as const
type Name = (typeof names)[number]
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
true satisfies Same<Name, keyof Hostile['campaigns']>
true satisfies Same<Name, Hostile['campaigns'][Name]>
export { anyKey, asTyped, colour }
`,
    }
    expect(await compile(files)).toBe('')
  })

  it('takes a hundred thousand keys, and no more than can be of use', () => {
    const keys = new Set(Array.from({ length: 100_000 }, (_, index) => `campaign-${index}`))
    expect(declare('prod', new Map([['events', keys]])).split('\n')).toHaveLength(100_000 + 6)
    expect(() => declare('prod', new Map([['events', keys]]), 100_000)).toThrow(
      'Cannot write types of "prod": expected at most 100000 characters of them, there are more.',
    )
  })
})
