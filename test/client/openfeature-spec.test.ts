/**
 * The scenarios of the OpenFeature specification 0.9.0, by their names, for the providers of both products. They are those of
 * `specification/assets/gherkin`: `evaluation_v2.feature`, `hooks.feature`, `contextMerging.feature` and `metadata.feature`.
 *
 * A flag of theirs is a variable here: `of.string-flag` for `string-flag`. Each variant is that of the feature, and as VWO decides
 * by user, each user who is part has been matched: their reason `STATIC` is `TARGETING_MATCH`. Who is not part gets the app's own
 * default, where theirs gets a flag's. Of flags without metadata and of providers that end by a fatal error there are none.
 */
import {
  OpenFeature,
  type EvaluationContext,
  type EvaluationDetails,
  type Hook,
} from '@openfeature/server-sdk'
import { createClient } from '@vwo-hub/client'
import { createFmeClient } from '@vwo-hub/client/fme'
import { createProvider } from '@vwo-hub/client/openfeature'
import { createFmeTestClient, createTestClient } from '@vwo-hub/client/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { copyFmeSdk } from '../support/fme-copy.ts'
import { fmeSettings, rollout } from '../support/fme-settings.ts'
import { copySdk, silent } from '../support/sdk-copy.ts'
import { featureRollout, settingsFile, variable } from '../support/settings-file.ts'

const values = {
  'boolean-flag': true,
  'string-flag': 'hi',
  'integer-flag': 10,
  'float-flag': 0.5,
  'object-flag': { showImages: true, title: 'Check out these pics!', imagesPerPage: 100 },
  'boolean-zero-flag': false,
  'string-zero-flag': '',
  'integer-zero-flag': 0,
  'float-zero-flag': 0,
  'object-zero-flag': {},
}
const typeOf = (value: unknown) =>
  ({ boolean: 'boolean', string: 'string', number: 'double' } as const)[typeof value as 'string'] ?? 'json'
const variables = Object.entries(values).map(([key, value]) => ({ ...variable(key, value, typeOf(value)) }))
const asks = (conditions: Readonly<Record<string, string>>) => ({
  and: Object.entries(conditions).map(([name, value]) => ({ or: [{ custom_variable: { [name]: value } }] })),
})
const features = [
  { key: 'of', segments: {} },
  { key: 'targeted', segments: asks({ email: 'ballmer@macrosoft.com' }) },
  {
    key: 'complex-targeted',
    segments: asks({ email: 'ballmer@macrosoft.com', role: 'admin', age: '65', customer: 'false' }),
  },
]

const products = {
  FullStack: {
    variant: 'on',
    client: async () =>
      createTestClient({
        sdk: copySdk().sdk,
        settings: settingsFile({
          campaigns: features.map(({ key, segments }) => featureRollout(key, { variables, segments })),
        }),
        launch: { logging: silent },
      }),
    unreachable: (redis: string) => createClient({ environment: 'prod', redis, sdk: copySdk().sdk }),
  },
  FME: {
    variant: 'Rollout',
    client: () =>
      createFmeTestClient({
        sdk: copyFmeSdk(),
        settings: fmeSettings(
          features.map(({ key, segments }) => ({ key, rules: [rollout({ variables, segments })] })),
        ),
        options: { logger: { transports: [{ log() {} }] } },
      }),
    unreachable: (redis: string) => createFmeClient({ environment: 'prod', redis, sdk: copyFmeSdk() }),
  },
}

afterEach(async () => {
  await OpenFeature.close()
  OpenFeature.setContext({})
})

type Type = 'Boolean' | 'String' | 'Integer' | 'Float' | 'Object'
/** A flag of theirs, its type, the fallback, and what is expected. */
type Row = readonly [key: string, type: Type, fallback: unknown, expected: unknown]
const rows = (suffix: string, fallbacks: readonly unknown[]): Row[] =>
  (['Boolean', 'String', 'Integer', 'Float', 'Object'] as const).map((type, index) => {
    const key = `${type.toLowerCase()}-${suffix}`
    return [key, type, fallbacks[index], values[key as keyof typeof values]]
  })
const normal = rows('flag', [false, 'bye', 1, 0.1, {}])
const zero = rows('zero-flag', [true, 'hi', 1, 0.1, { a: 1 }])

describe.each(Object.entries(products))('the provider of %s, by the specification', (_product, product) => {
  async function setUp() {
    await OpenFeature.setProviderAndWait(createProvider(await product.client()))
    return OpenFeature.getClient()
  }

  async function evaluate(
    [key, type, fallback]: Row,
    { of = 'of', context = {} }: { readonly of?: string; readonly context?: EvaluationContext } = {},
  ): Promise<EvaluationDetails<never>> {
    const flags = OpenFeature.getClient()
    const args = [`${of}.${key}`, fallback as never, { targetingKey: 'ann', ...context }] as const
    const ask = {
      ...{ Boolean: flags.getBooleanDetails, String: flags.getStringDetails, Object: flags.getObjectDetails },
      ...{ Integer: flags.getNumberDetails, Float: flags.getNumberDetails },
    }[type] as (...all: typeof args) => Promise<EvaluationDetails<never>>
    return await ask.apply(flags, [...args])
  }

  it('Resolve values, Variant field population, Complete evaluation details structure, Returns no metadata', async () => {
    await setUp()
    for (const row of normal) {
      expect(await evaluate(row)).toMatchObject({
        value: row[3],
        flagKey: `of.${row[0]}`,
        variant: product.variant,
        reason: 'TARGETING_MATCH',
        flagMetadata: {},
      })
    }
  })

  it('Resolves zero value; with targeting; with targeting using default; Null context values', async () => {
    await setUp()
    const of = 'targeted'
    for (const row of zero) {
      const [, , fallback, value] = row
      const isIn = { value, reason: 'TARGETING_MATCH' }
      expect(await evaluate(row)).toMatchObject(isIn)
      const ballmer = { email: 'ballmer@macrosoft.com' }
      expect(await evaluate(row, { of, context: ballmer })).toMatchObject(isIn)
      const isOut = { value: fallback, reason: 'DEFAULT', variant: 'off' }
      expect(await evaluate(row, { of, context: { email: 'ballmer@none.com' } })).toMatchObject(isOut)
      expect(await evaluate(row, { of, context: { email: null } })).toMatchObject(isOut)
      expect(await evaluate(row, { of })).toMatchObject(isOut)
    }
  })

  it('Multiple context attributes targeting; For a transaction, a context entry is added to each level', async () => {
    const flags = await setUp()
    const all = { email: 'ballmer@macrosoft.com', role: 'admin', age: 65, customer: false }
    const row: Row = ['string-flag', 'String', 'default', 'hi']
    const of = 'complex-targeted'
    expect(await evaluate(row, { of, context: all })).toMatchObject({
      value: 'hi',
      reason: 'TARGETING_MATCH',
    })
    expect(await evaluate(row, { of, context: { ...all, age: 66 } })).toMatchObject({ value: 'default' })
    const { email, role, age, customer } = all
    const beforeHooks = { hooks: [{ before: () => ({ customer }) }] }
    OpenFeature.setContext({ email })
    flags.setContext({ role })
    const context = { targetingKey: 'ann', age }
    expect(await flags.getStringValue(`${of}.string-flag`, 'default', context, beforeHooks)).toBe('hi')
    expect(await flags.getStringValue(`${of}.string-flag`, 'default', context)).toBe('default')
  })

  it('Flag not found error, Type mismatch error', async () => {
    await setUp()
    for (const [, type, fallback] of normal) {
      expect(await evaluate(['non-existent-flag', type, fallback, fallback])).toMatchObject({
        ...{ value: fallback, reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' },
      })
      const other = type === 'Boolean' ? 'string-flag' : 'boolean-flag'
      expect(await evaluate([other, type, fallback, fallback])).toMatchObject({
        ...{ value: fallback, reason: 'ERROR', errorCode: 'TYPE_MISMATCH' },
      })
    }
  })

  it('Provider not ready error', async () => {
    const vwo = product.unreachable('redis://127.0.0.1:1')
    const provider = createProvider({
      ...vwo,
      status: vwo.status,
      ready: () => vwo.ready({ timeoutMs: 1 }),
    })
    await expect(OpenFeature.setProviderAndWait(provider)).rejects.toMatchObject({
      code: 'PROVIDER_NOT_READY',
    })
    for (const row of normal) {
      expect(await evaluate(row)).toMatchObject({
        ...{ value: row[2], reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY' },
      })
    }
  })

  it('Passes evaluation details to after and finally hooks; Flag not found; Type error', async () => {
    const flags = await setUp()
    let seen: Record<string, unknown> = {}
    const hook: Hook = {
      before: () => void (seen = { before: true }),
      after: (_context, details) => void (seen['after'] = details),
      error: () => void (seen['error'] = true),
      finally: (_context, details) => void (seen['finally'] = details),
    }
    flags.addHooks(hook)
    const ann = { targetingKey: 'ann' }
    const details = { flagKey: 'of.boolean-flag', value: true, variant: product.variant }
    await flags.getBooleanDetails('of.boolean-flag', false, ann)
    expect(seen).toMatchObject({ before: true, after: details, finally: details })
    expect(seen).not.toHaveProperty('error')
    await flags.getStringDetails('missing-flag', 'uh-oh', ann)
    expect(seen).toMatchObject({
      ...{ before: true, error: true },
      finally: { flagKey: 'missing-flag', value: 'uh-oh', reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' },
    })
    expect(seen).not.toHaveProperty('after')
    await flags.getBooleanDetails('of.string-flag', false, ann)
    expect(seen).toMatchObject({
      ...{ before: true, error: true },
      finally: { flagKey: 'of.string-flag', value: false, reason: 'ERROR', errorCode: 'TYPE_MISMATCH' },
    })
  })
})
