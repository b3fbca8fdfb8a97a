import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { abTest, featureRollout, featureTest, goal, variable, variation } from '../support/settings-file.ts'
import { checkAsHub, file, sdkKey } from '../support/check-as-hub.ts'

const { check } = checkAsHub()

describe('a settings-file that works', () => {
  it('is handed on as it was sent, byte for byte, with its size and sum', async () => {
    const sent = ` ${JSON.stringify(file(abTest('checkout', { name: 'Käse' })), undefined, 1)}\n`
    const checked = await check(Buffer.from(sent))
    expect(checked).toEqual({
      ok: true,
      text: Buffer.from(sent),
      sha256: createHash('sha256').update(sent).digest('hex'),
      bytes: Buffer.byteLength(sent),
      units: 1,
      accountId: '123456',
      summary: 'first settings: 1 campaign',
      warnings: { count: 0, told: [] },
      ending: { count: 0, running: 0, named: [] },
    })
  })

  it.each([
    ['no campaigns', file()],
    ['a campaign of each type', file(abTest('a'), featureTest('b'), featureRollout('c', { goals: [] }))],
    ['a campaign of a type to come', file({ ...abTest('a'), type: 'PERSONALISATION' })],
    ['a campaign that does not run', file(abTest('a', { status: 'PAUSED' }))],
    ['fields to come', { ...file({ ...abTest('a'), novel: { x: [null] } }), dacdnUrl: 'x', f: null }],
    [
      'ids, version and account as text',
      { ...file(abTest('a', { id: '7' })), version: '2', accountId: '123456' },
    ],
    ['no sdkKey', { ...file(abTest('a')), sdkKey: undefined }],
    [
      'weights as text and as fractions',
      file(abTest('a', { variations: [variation(1, 'Control', '33.33'), variation(2, 'B', 66.67)] })),
    ],
    ['no variations and no goals', file(abTest('a', { variations: [], goals: [] }))],
    [
      'a goal whose options are null',
      file(abTest('a', { goals: [{ ...goal('g'), revenueProp: null, mca: null }] })),
    ],
    [
      'goals for revenue',
      {
        ...file(
          abTest('a', { goals: [goal('g', { type: 'REVENUE_TRACKING', revenueProp: 'price', mca: -1 })] }),
        ),
        isEventArchEnabled: true,
      },
    ],
    [
      'variables of every type',
      file(
        featureRollout('a', {
          goals: [],
          variables: [
            variable('j', { deep: [{}] }, 'json'),
            variable('l', [], 'json'),
            variable('i', '5', 'integer'),
            variable('n', 'no number', 'integer'),
            variable('s', null),
          ],
        }),
      ),
    ],
    [
      'whitelisting without segments',
      file(
        abTest('a', {
          isForcedVariationEnabled: true,
          variations: [{ ...variation(1, 'Control', 100), segments: null }],
        }),
      ),
    ],
    ['a bandit', file(abTest('a', { isMAB: true }))],
    ['an empty key', file(abTest('a', { key: '' }))],
    ['the same key twice', file(abTest('a'), abTest('a', { id: 99 }))],
    [
      'names of every object as names',
      file(
        abTest('a', {
          segments: { custom_variable: { constructor: 'x', toString: 'y', hasOwnProperty: 'z' } },
        }),
      ),
    ],
    ['lone surrogates', file(abTest('\ud800'))],
  ])('may have %s', async (_, settings) => {
    expect(String((await check(settings)).text)).toBe(JSON.stringify(settings))
  })

  it.each([
    [
      'of every operator',
      {
        or: [
          { and: [{ custom_variable: { a: 'lower(x)' } }, { not: { custom_variable: { b: 'gt(5)' } } }] },
          { user: 'ann, bob' },
        ],
      },
    ],
    ['that are empty, as an array', []],
    ['with numbers as operands', { custom_variable: { visits: 5 } }],
    ['with an operand that is null', { custom_variable: { visits: null } }],
    ['with an operator to come', { or: [{ location: { country: 'DE' } }] }],
    ['with an expression that is none', { custom_variable: { a: 'regex([)' } }],
    [
      'with an ordinary expression',
      { custom_variable: { a: 'regex(^[a-z0-9._%+-]+@example\\.(com|org)$)' } },
    ],
    [
      'nested deeply',
      Array.from({ length: 80 }).reduce<object>((inner) => ({ not: inner }), { user: 'ann' }),
    ],
  ])('may have segments %s', async (_, segments) => {
    const campaign = abTest('a', {
      segments,
      isForcedVariationEnabled: true,
      variations: [variation(1, 'Control', 50, { segments }), variation(2, 'B', 50, { segments })],
    })
    expect((await check(file(campaign))).units).toBe(1)
  })

  it('comes back in the memory in which it was sent: the thread of the hub neither decodes nor copies it', async () => {
    const sent = Buffer.from(JSON.stringify(file()))
    const { text } = await check(sent)
    expect(text.buffer).toBe(sent.buffer)
    expect(text).toEqual(sent)
  })

  it('is told of without the sdkKey, though VWO repeat it as a name', async () => {
    const named = [abTest(`of ${sdkKey}`), abTest(`of ${sdkKey}`, { id: 99 })]
    const { text, ...told } = await check({ ...file(...named), sdkKey })
    expect(told.warnings.count).toBe(1)
    expect(JSON.stringify(told)).toContain('of [redacted]')
    expect(JSON.stringify(told)).not.toContain(sdkKey)
    const { changes } = defaultProduct.open()
    const after = Buffer.from(JSON.stringify({ ...file(), sdkKey }))
    expect(await changes(text, after)).toMatchObject({
      changes: expect.arrayContaining([expect.objectContaining({ subject: 'of [redacted]' })]),
    })
  })

  it('drops a byte order mark', async () => {
    const text = JSON.stringify(file())
    expect(String((await check(Buffer.from(`\uFEFF${text}`))).text)).toBe(text)
    expect(String((await check(`\uFEFF${text}`)).text)).toBe(text)
  })

  it('takes the last of two that have the same name, as its readers do', async () => {
    const text = '{"version":1,"accountId":999,"accountId":123456,"campaigns":[]}'
    expect(await check(text)).toMatchObject({ text: Buffer.from(text), accountId: '123456' })
  })
})

describe('lists that came as {}', () => {
  it('stay as they came, to the letter, and are read as []', async () => {
    const sent =
      '{"version":1.0,"accountId":123456,"campaigns":[{"id":1,"key":"a","type":"VISUAL_AB","status":"RUNNING",' +
      '"percentTraffic":100,"goals":{},"variations":{},"variables":{},"segments":{},"changes":{},"isForcedVariationEnabled":true},' +
      '{"id":2,"key":"b","type":"FEATURE_ROLLOUT","status":"RUNNING","percentTraffic":100,"goals":[],"segments":[],' +
      '"variations":[{"id":1,"name":"website","weight":100,"changes":{},"segments":{},"variables":{}}],"campaigns":{}}],' +
      '"campaignGroups":{"2":7},"groups":{"7":{"name":"g","campaigns":[2]},"8":{"name":"h","campaigns":{}}}}'
    const { text, bytes, sha256, warnings } = await check(sent)
    expect(String(text)).toBe(sent)
    expect(bytes).toBe(Buffer.byteLength(sent))
    expect(sha256).toBe(createHash('sha256').update(sent).digest('hex'))
    expect(warnings.count).toBe(0)
  })

  it('leave numbers as they are that JavaScript writes otherwise', async () => {
    const sent =
      '{"version":1.0,"accountId":123456,"campaigns":{},"precise":[9007199254740993,1.0,1e2,0.10],"u":"\\u0041"}'
    expect(String((await check(sent)).text)).toBe(sent)
  })

  it('may be the list of campaigns too', async () => {
    expect((await check({ ...file(), campaigns: {} })).units).toBe(0)
  })
})
