import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ProductName } from '@vwo-hub/protocol'
import { describe, expect, it } from 'vitest'
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

/** What is wrong with a file, in the words of the compiler. */
interface Diagnostic {
  readonly place: string
  readonly code: string
  readonly message: string
}

/** What the compiler says of these files, as in an app that has the client installed. */
async function compile(files: Readonly<Record<string, string>>): Promise<Diagnostic[]> {
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
  const said = await run(process.execPath, [tsc, '-p', folder], { cwd: folder }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { readonly stdout: string }) => stdout,
  )
  const lines = said.split(/^(?=\S)/m)
  return lines.map((text) => {
    const [, place = '', code = '', message = text] =
      /^(.+?\(\d+),\d+\): error (TS\d+): ([^]*)$/.exec(text) ?? []
    return { place: `${place})`, code, message }
  })
}

/** Lines that end with what the compiler is to say of them: `// TS2345 '"chekout"' is not …`. */
function announcedIn(name: string, file: string): Diagnostic[] {
  return file.split('\n').flatMap((text, index) => {
    const [, code, part] = / \/\/ (TS\d+) (.+)$/.exec(text) ?? []
    if (code === undefined || part === undefined) return []
    return [{ place: `${name}(${index + 1})`, code, message: expect.stringContaining(part) as string }]
  })
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

const hostile = settingsFile({
  campaigns: hostileNames.map((key) => abTest(key, { goals: hostileNames.map((name) => goal(name)) })),
})

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
    const app = `
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
vwo.activate('chekout', 'ann') // TS2345 '"chekout"' is not assignable to parameter of type 'CampaignKey<Vwo>'
vwo.isFeatureEnabled('Price', 'ann') // TS2345 '"Price"' is not assignable to parameter of type 'CampaignKey<Vwo>'
vwo.track(null, 'ann', 'bougt') // TS2769 '"bougt"' is not assignable to parameter of type '"bought" | "seen"'
vwo.track(['checkout', 'prize'], 'ann', 'bought') // TS2769 '"prize"' is not assignable to type 'CampaignKey<Vwo>'
vwo.getFeatureVariableValue('price', 'color', 'ann') // TS2769 '"color"' is not assignable to parameter of type '"colour"'
// Of another campaign.
vwo.getFeatureVariableValue('checkout', 'colour', 'ann') // TS2769 '"colour"' is not assignable to parameter of type 'never'

const launch = { returnPromiseFor: { all: true } } as const
createClient<Vwo, typeof launch>({ ...given, launch }).activate('checkout', 'ann') satisfies Promise<string | null>
createClient<Vwo>({ ...given, launch: { isDevelopmentMode: true } }).activate('checkout', 'ann') satisfies string | null
// Answers would not be of the type that they have.
createClient<Vwo>({ ...given, launch }) // TS2322 Types of property 'returnPromiseFor' are incompatible
createClient<Vwo, typeof launch>({ ...given, launch }).activate('chekout', 'ann') // TS2345 '"chekout"' is not assignable to parameter of type 'CampaignKey<Vwo>'
// Without keys any will do, and what is answered follows from the options.
createClient(given).activate('anything', 'ann') satisfies string | null
createClient({ ...given, launch: { returnPromiseFor: { all: true } } }).activate('x', 'ann') satisfies Promise<string | null>
createClient<typeof launch>({ ...given, launch }).activate('x', 'ann') satisfies Promise<string | null>
createTestClient<Vwo>({ sdk: vwoSdk, settings: {} }).activate('chekout', 'ann') // TS2345 '"chekout"' is not assignable to parameter of type 'CampaignKey<Vwo>'

const fme: FmeClient<Fme> = createFmeClient<Fme>({ ...given, sdk: { init } })
createProvider(fme)
const ann = { id: 'ann' }
fme.trackEvent('sign up', ann)
const flag = await fme.getFlag('search', ann)
flag.getVariable('label', 'Find') satisfies string
flag.getVariable('theme') satisfies object | undefined
const other = await fme.getFlag('menu', ann)
other.getVariable('label', 5).toFixed()
fme.getFlag('serch', ann) // TS2345 '"serch"' is not assignable to parameter of type 'FeatureKey<Vwo>'
fme.trackEvent('signup', ann) // TS2345 '"signup"' is not assignable to parameter of type '"purchase" | "sign up"'
flag.getVariable('lable') // TS2345 '"lable"' is not assignable to parameter of type '"label" | "theme"'
flag.getVariable('label', 5) // TS2345 'number' is not assignable to parameter of type 'string'
// Of another feature.
other.getVariable('theme') // TS2345 '"theme"' is not assignable to parameter of type '"label"'
const anyFlag = await createFmeClient({ ...given, sdk: { init } }).getFlag('anything', ann)
anyFlag.getVariable('x', 5) satisfies number
anyFlag.getVariable<string>('x')?.toUpperCase()
void (await createFmeTestClient<Fme>({ sdk: { init }, settings: {} })).getFlag('serch', ann) // TS2345 '"serch"' is not assignable to parameter of type 'FeatureKey<Vwo>'

const names = ${JSON.stringify(hostileNames).replace('\\u2028', '\\u2028')} as const
type Name = (typeof names)[number]
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
true satisfies Same<Name, keyof Hostile['campaigns']>
true satisfies Same<Name, Hostile['campaigns'][Name]['goals']>
export { anyKey, asTyped, colour }
`
    const files = {
      'campaigns.d.ts': await typesOf(fullstack, 'fullstack'),
      'features.d.ts': await typesOf(fme, 'fme'),
      'hostile.d.ts': await typesOf(hostile, 'fullstack'),
      'app.ts': app,
    }
    expect(await compile(files)).toEqual(announcedIn('app.ts', app))
  })

  it('takes a hundred thousand keys, and no more than can be of use', async () => {
    /** Features that share the variables of a rule. */
    const sharing = (features: number, variables: number, name: string) => {
      const declared = Array.from({ length: variables }, (_, id) => ({ ...label, id, key: `${name}${id}` }))
      const one = fmeSettings([{ key: 'a', rules: [rollout({ variables: declared })] }])
      const copy = (_: unknown, id: number) => ({ ...one.features[0], id: id + 1, key: `f${id}` })
      return { ...one, features: Array.from({ length: features }, copy) }
    }
    expect((await typesOf(sharing(100, 1000, 'x'), 'fme')).match(/: string$/gm)).toHaveLength(100_000)
    const { environment, publish, types } = await setUp('fme')
    await publish(sharing(700, 100, 'x'.repeat(500)))
    expect(await types()).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `Cannot write types of "${environment}": expected at most 33554432 characters of them, there are more.\n`,
    })
  })
})
