/** The SDK compares what an app passes of a user with segments; where that fails, it ends the process or turns the flag off. */
import { describe, expect, it } from 'vitest'
import { reportingFmeClient } from '../support/fme-trapped-client.ts'
import { abTest, fmeSettings, type RuleOf, rollout } from '../support/fme-settings.ts'

const variation = (id: number, name: string, segments: object) => ({
  ...{ id, name, weight: id === 1 ? 100 : 0, segments },
  variables: [{ id: 1, key: 'label', type: 'string', value: name }],
})
/** Everybody gets `Control`, but who fits this segment is listed for `Listed`. */
const listing = (segment: Record<string, unknown>): RuleOf =>
  abTest({
    isForcedVariationEnabled: true,
    variations: [variation(1, 'Control', {}), variation(2, 'Listed', segment)] as never,
  })

/** What somebody gets where such a segment lists, and whether a rollout with it takes them; with what is told. */
async function decided(segment: Record<string, unknown>, context: object) {
  const { vwo, told } = await reportingFmeClient(
    {},
    {
      file: fmeSettings([
        { key: 'listed', rules: [listing(segment)] },
        { key: 'rolled-out', rules: [rollout({ segments: segment })] },
      ]),
    },
  )
  const whole = { id: 'ann', ...context }
  const listed = await vwo.getFlag('listed', whole)
  const rolledOut = await vwo.getFlag('rolled-out', whole)
  return { got: listed.getVariable('label', 'off'), isIn: rolledOut.isEnabled(), told: [...new Set(told)] }
}

describe('a user agent is compared as the text that it is', () => {
  it.each([
    ['ends in %', 'Chrome 100%', 'wildcard(*Chrome 100%*)'],
    ['is encoded wrongly', '%FF Chrome%20', 'wildcard(*%FF Chrome%20*)'],
    ['is encoded', 'Chrome%20100%25', 'wildcard(*Chrome 100%*)'],
  ])('where it %s', async (_how, userAgent, operand) => {
    expect(await decided({ or: [{ ua: operand }] }, { userAgent })).toEqual({
      got: 'Listed',
      isIn: true,
      told: [],
    })
    expect(await decided({ or: [{ ua: 'wildcard(*Firefox*)' }] }, { userAgent })).toEqual({
      got: 'Control',
      isIn: false,
      told: [],
    })
  })
})

describe('what no text can be made of is left out of', () => {
  const own = { toString: 1 }

  it.each([own, [own], Object.create(null), { toString: () => Symbol('own') }])(
    'variables (%#)',
    async (plan) => {
      const gold = { or: [{ custom_variable: { plan: 'gold' } }, { custom_variable: { age: '20' } }] }
      const variables = { plan, age: 20, none: null }
      expect(
        await decided(gold, { customVariables: variables, variationTargetingVariables: variables }),
      ).toEqual({
        got: 'Listed',
        isIn: true,
        told: [
          expect.stringMatching(/^event-failed: Left out customVariables\.plan of a context: /),
          expect.stringMatching(/^event-failed: Left out variationTargetingVariables\.plan of a context: /),
        ],
      })
    },
  )

  it('the place and the device of a user', async () => {
    const location = { country: own, city: 'Berlin' }
    const userAgent = { os_version: own, browser_version: '5' }
    const context = { ipAddress: '10.0.0.1', userAgent: 'Chrome', _vwo: { location, userAgent } }
    const told = [
      expect.stringMatching(/^event-failed: Left out _vwo\.location\.country of a context: /),
      expect.stringMatching(/^event-failed: Left out _vwo\.userAgent\.os_version of a context: /),
    ]
    const out = { got: 'Control', isIn: false, told }
    const isIn = { got: 'Listed', isIn: true, told }
    expect(await decided({ and: [{ country: 'DE' }] }, context)).toEqual(out)
    expect(await decided({ or: [{ os_version: '5' }] }, context)).toEqual(out)
    expect(await decided({ and: [{ city: 'Berlin' }] }, context)).toEqual(isIn)
    expect(await decided({ or: [{ browser_version: '5' }] }, context)).toEqual(isIn)
  })

  it.each([
    ['_vwo.location', { ipAddress: '10.0.0.1', _vwo: { location: 'DE' } }],
    ['_vwo', { ipAddress: '10.0.0.1', _vwo: 'DE' }],
    ['postSegmentationVariables', { postSegmentationVariables: 'plan' }],
  ])('a context whose %s is a text', async (name, context) => {
    expect(await decided({ and: [{ country: 'DE' }] }, context)).toEqual({
      got: 'Control',
      isIn: false,
      told: [expect.stringContaining(`Left out ${name} of a context: TypeError: expected `)],
    })
  })

  it('the names of what is to be sent of a user', async () => {
    const { vwo, told, network } = await reportingFmeClient()
    const context = { customVariables: { plan: 'gold' }, postSegmentationVariables: [own, 'plan'] }
    expect((await vwo.getFlag('checkout', { id: 'ann', ...context } as never)).isEnabled()).toBe(true)
    expect(JSON.stringify(network.sent.at(-1)?.body)).toContain('"plan":"gold"')
    expect(told).toEqual([
      'event-failed: Left out postSegmentationVariables.0 of a context: TypeError: expected a name, got object',
    ])
  })
})

describe('whoever the SDK decides for is decided for, by an id that is', () => {
  class Accessed {
    get id() {
      return 'ann'
    }
  }
  const objectId = { toString: () => '65f0c0ffee' }
  it.each([
    ['a BigInt', { id: 5n }, '5'],
    ['the id of a database', { id: objectId }, '65f0c0ffee'],
    ['a text in an object', { id: new String('s') }, 's'],
    ['true', { id: true }, 'true'],
    ['read by an accessor', new Accessed(), 'ann'],
    ['inherited', Object.create({ id: 'ann' }) as object, 'ann'],
  ])('%s', async (_what, context, text) => {
    const { network, isOn } = await reportingFmeClient()
    expect([await isOn(context), await isOn({ id: text })]).toEqual([true, true])
    const shown = network.sent.filter(({ path }) => path.includes('vwo_variationShown'))
    const visitors = shown.map(({ body }) => /"visId":"(\w+)"/.exec(JSON.stringify(body))?.[1])
    expect([visitors.length, new Set(visitors).size]).toEqual([2, 1])
  })

  it.each<{ id: unknown }>([
    { id: {} },
    { id: Promise.resolve('ann') },
    { id: false },
    { id: { toString: 1 } },
    { id: Symbol('ann') },
  ])('but nobody by what says nothing: %#', async (context) => {
    const { told, isOn } = await reportingFmeClient()
    expect(await isOn(context)).toBe(false)
    expect(told).toHaveLength(1)
  })
})

it('a BigInt among variables is compared as its text', async () => {
  const segment = { or: [{ custom_variable: { age: '20' } }] }
  const variables = { age: 20n }
  expect(
    await decided(segment, { customVariables: variables, variationTargetingVariables: variables }),
  ).toEqual({
    got: 'Listed',
    isIn: true,
    told: [],
  })
})
