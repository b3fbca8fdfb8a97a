import { createHash } from 'node:crypto'
import { normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fullstack'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import vwoSdk from 'vwo-node-sdk'
import type { Accepted } from '../../packages/hub/dist/product/product.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { HubError } from '../../packages/hub/dist/errors.js'
import { openChecker } from '../support/checker.ts'
import { replaceAt } from '../support/replace-at.ts'
import { settingsFiles } from '../support/settings-arbitrary.ts'
import {
  abTest,
  featureRollout,
  featureTest,
  goal,
  settingsFile,
  variable,
  variation,
} from '../support/settings-file.ts'

const sdkKey = 'a'.repeat(32)
const expected = { environment: 'prod', accountId: '123456', sdkKey }
const checker = openChecker()
/** With `HUB_STRICT=on`. */
const strictly = openChecker({ isStrict: true })
afterAll(() => Promise.all([checker.close(), strictly.close()]))

const check = (body: unknown, by = checker): Promise<Accepted> =>
  by.check(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body), expected)

/** What is wrong with a settings-file that may be published. */
const warningsOf = async (body: unknown): Promise<string[]> =>
  (await check(body)).warnings.told.map(({ text }) => text)

/** Why a settings-file is refused. */
async function refusalOf(body: unknown, by = checker): Promise<string> {
  const error = await check(body, by).then(
    () => expect.fail('expected a refusal'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof HubError)) throw error
  expect(error.code).toBe('settings-refused')
  expect(error.message).not.toContain(sdkKey)
  const [, why] = /^Settings of "prod" refused: (.+)\. They are not published\.$/s.exec(error.message) ?? []
  return why ?? expect.fail(`not the form of a refusal: ${error.message}`)
}

const file = (...campaigns: object[]) => ({ ...settingsFile(), campaigns })

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

describe('[invariant 3] a body is refused', () => {
  it('past the limit, in bytes', async () => {
    const small = openChecker({ maxBytes: 100 })
    const checkSmall = (body: string | Uint8Array) => small.check(body, expected)
    await expect(checkSmall('ä'.repeat(51))).rejects.toThrow(
      'expected at most 100 bytes (HUB_MAX_SETTINGS_BYTES), got 102',
    )
    await expect(checkSmall(Buffer.alloc(101, ' '))).rejects.toThrow('got 101')
    await small.close()
  })

  it.each([
    ['nothing', '', 'expected JSON, got something else at its end'],
    ['spaces', '  \n', 'expected JSON, got something else at its end'],
    ['HTML', '<!doctype html><title>Maintenance</title>', "expected JSON, got something else at '<'"],
    ['cut off', '{"version":1,"acc', 'expected JSON, got something else at line 1, column 18'],
    [
      'with a comma too many',
      '{\n  "version": 1,\n  "list": [1,]\n}',
      'expected JSON, got something else at line 3, column 14',
    ],
    ['with something after its end', '{} {}', 'expected JSON, got something else at line 1, column 4'],
    ['null', 'null', 'the file: expected an object, got null'],
    ['a list', '[]', 'the file: expected an object, got an empty array'],
    ['text', '"settings"', 'the file: expected an object, got a string'],
    ['a number', '5', 'the file: expected an object, got 5'],
    [
      'an error of VWO',
      '{"message":"Invalid api key"}',
      'version: expected a number or a string, got nothing',
    ],
  ])('that is %s', async (_, body, why) => {
    expect(await refusalOf(body)).toBe(why)
  })

  it.each([
    ['a stray byte', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ['half a character', Buffer.from('{"a":"ä"}').subarray(0, 7)],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['UTF-16', Buffer.from('\uFEFF{"version":1}', 'utf16le')],
  ])('that is not UTF-8: %s', async (_, body) => {
    expect(await refusalOf(body)).toBe('expected UTF-8, got bytes that are not')
  })

  it.each([
    ['arrays', '['.repeat(10_000) + ']'.repeat(10_000)],
    ['objects', '{"not":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
    ['a million arrays', '['.repeat(1_000_000) + ']'.repeat(1_000_000)],
  ])('that is nested too deeply: %s', async (_, nested) => {
    const why = 'expected nesting of at most 200 levels, got more'
    expect(await refusalOf(nested)).toBe(why)
    expect(await refusalOf(`{"version":1,"accountId":123456,"campaigns":[],"x":${nested}}`)).toBe(why)
  })

  it.each([
    ['"percentTraffic":1e999', 'campaigns[0].percentTraffic'],
    ['"anything":{"at all":[0,-1e999]}', 'campaigns[0].anything["at all"][1]'],
  ])('with a number that is not finite: %s', async (field, place) => {
    expect(await refusalOf(`{"version":1,"accountId":123456,"campaigns":[{${field}}]}`)).toBe(
      `${place}: expected a finite number, got one that is too large`,
    )
  })

  it('with a name that would change the prototype of what it is copied to', async () => {
    const body = '{"version":1,"accountId":123456,"campaigns":[{"x":{"__proto__":{"isAdmin":true}}}]}'
    expect(await refusalOf(body)).toBe(
      'campaigns[0].x.__proto__: expected another name, got one that is dangerous',
    )
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('of another account or another environment, without telling the key', async () => {
    expect(await refusalOf({ ...file(), accountId: 654_321 })).toBe('accountId: expected 123456, got 654321')
    expect(await refusalOf({ ...file(), accountId: `x\n${sdkKey}` })).toBe(
      'accountId: expected 123456, got something else',
    )
    expect(await refusalOf({ ...file(), sdkKey: 'b'.repeat(32) })).toBe(
      'sdkKey: expected the one of this environment, got another',
    )
    expect(await refusalOf({ ...file(), sdkKey: 987_654_321 })).toBe(
      'sdkKey: expected a string, got a number',
    )
  })
})

describe('a settings-file is refused, where nothing may be wrong with it, with the place', () => {
  const campaign = abTest('a')
  const variationOf = (overrides: object) =>
    file({ ...campaign, variations: [variation(1, 'Control', 50), overrides] })

  it.each<[name: string, settings: object, why: string]>([
    ['campaigns missing', { ...file(), campaigns: undefined }, 'campaigns: expected an array, got nothing'],
    ['campaigns null', { ...file(), campaigns: null }, 'campaigns: expected an array, got null'],
    [
      'campaigns a PHP list with a gap',
      { ...file(), campaigns: { 0: campaign, 2: campaign } },
      'campaigns: expected an array, got an object',
    ],
    ['a campaign null', file(campaign, null as never), 'campaigns[1]: expected an object, got null'],
    ['no key', file({ ...campaign, key: undefined }), 'campaigns[0].key: expected a string, got nothing'],
    [
      'traffic as text',
      file({ ...campaign, percentTraffic: '50' }),
      'campaigns[0].percentTraffic: expected a number, got a string',
    ],
    [
      'an optional field null',
      file({ ...campaign, isMAB: null }),
      'campaigns[0].isMAB: expected true or false, got null',
    ],
    [
      'variations null',
      file({ ...campaign, variations: null }),
      'campaigns[0].variations: expected an array, got null',
    ],
    [
      'a variation null',
      file({ ...campaign, variations: [null] }),
      'campaigns[0].variations[0]: expected an object, got null',
    ],
    [
      'a variation without a name',
      variationOf({ id: 2, weight: 1 }),
      'campaigns[0].variations[1].name: expected a string, got nothing',
    ],
    [
      'a weight that is none',
      variationOf({ id: 2, name: 'B', weight: 'half' }),
      'campaigns[0].variations[1].weight: expected a number, or a string with one in it, got a string',
    ],
    [
      'a weight null',
      variationOf({ id: 2, name: 'B', weight: null }),
      'campaigns[0].variations[1].weight: expected a number, or a string with one in it, got null',
    ],
    [
      'variations with a gap',
      file({ ...campaign, variations: { 1: variation(1, 'A', 1) } }),
      'campaigns[0].variations: expected an array, got an object',
    ],
    [
      'a goal null',
      file({ ...campaign, goals: [null] }),
      'campaigns[0].goals[0]: expected an object, got null',
    ],
    [
      'goals with a gap',
      file({ ...campaign, goals: { 1: goal('g') } }),
      'campaigns[0].goals: expected an array, got an object',
    ],
    [
      'a variable null',
      file(featureRollout('a', { variables: [null as never] })),
      'campaigns[0].variables[0]: expected an object, got null',
    ],
    [
      'segments missing',
      file({ ...campaign, segments: undefined }),
      'campaigns[0].segments: expected an object, got nothing',
    ],
    [
      'segments as a list: everybody would be in',
      file({ ...campaign, segments: [{ user: 'ann' }] }),
      'campaigns[0].segments: expected an object, got an array',
    ],
    [
      'several faults',
      file({ ...campaign, key: 1, type: 1, status: 1 }),
      'campaigns[0].type: expected a string, got 1',
    ],
  ])('for its form: %s', async (_, settings, why) => {
    expect(await refusalOf(settings, strictly)).toBe(why)
  })

  const grouped = (group: unknown, campaignGroups: object = { 1: 7, 2: 7 }) => ({
    ...file(abTest('a', { id: 1 }), abTest('b', { id: '2' as never })),
    campaignGroups,
    groups: { 7: group },
  })

  it.each<[name: string, settings: object, why: string]>([
    [
      'a group that is not there',
      grouped({ name: 'g', campaigns: [1, 2] }, { 1: 8 }),
      'campaignGroups["1"]: expected the id of a group in "groups", got 8',
    ],
    [
      'no groups',
      { ...grouped({}), groups: [] },
      'campaignGroups["1"]: expected the id of a group in "groups", got 7',
    ],
    [
      'a group that knows nothing of it',
      grouped({ name: 'g', campaigns: [1] }),
      'campaignGroups["2"]: expected the id of a group that lists the campaign, got 7',
    ],
    ['a group null', grouped(null), 'groups["7"]: expected an object, got null'],
    [
      'a group without campaigns',
      grouped({ name: 'g' }),
      'groups["7"].campaigns: expected an array, got nothing',
    ],
    [
      'priorities null',
      grouped({ name: 'g', campaigns: [1, 2], et: 2, p: null }),
      'groups["7"].p: expected an array, got null',
    ],
    [
      'an id of a group as text',
      grouped({ name: 'g', campaigns: [1, 2] }, { 1: '7' }),
      'campaignGroups["1"]: expected a number, got a string',
    ],
  ])('for its groups: %s', async (_, settings, why) => {
    expect(await refusalOf(settings, strictly)).toBe(why)
  })

  it.each([
    ['campaignGroups', { campaignGroups: null }],
    ['groups', { campaignGroups: { 1: 7 }, groups: null }],
  ])('for %s that are nothing', async (place, none) => {
    const settings = { ...file(abTest('a', { id: 1 })), ...none }
    expect(await refusalOf(settings)).toBe(`${place}: expected an object, got null`)
  })

  it.each<[name: string, group: object]>([
    ['at random', { name: 'g', campaigns: [1, '2'] }],
    ['by priority', { name: 'g', campaigns: [1, 2], et: 2, p: [2, 1], wt: { 1: 50, 2: '50' } }],
    ['by weight, empty ones as lists', { name: 'g', campaigns: [1, 2, 3], et: 2, p: {}, wt: [] }],
    ['with campaigns that do not run', { name: 'g', campaigns: [9, 1, 2] }],
  ])('but not for groups that work: %s', async (_, group) => {
    expect((await check(grouped(group, { 1: 7, 2: 7, 99: 12_345 }), strictly)).units).toBe(2)
  })

  it('but not for the users whom the SDK itself loses in the gap of a group of seven', async () => {
    const campaigns = Array.from({ length: 7 }, (_, n) => abTest(`c${n}`, { id: n + 1 }))
    const ids = campaigns.map(({ id }) => Number(id))
    const settings = {
      ...file(...campaigns),
      campaignGroups: Object.fromEntries(ids.map((id) => [id, 7])),
      groups: { 7: { name: 'g', campaigns: ids } },
    }
    for (let account = 1; account <= 20; account += 1) {
      const text = JSON.stringify({
        ...settings,
        groups: { [account]: settings.groups[7] },
        campaignGroups: Object.fromEntries(ids.map((id) => [id, account])),
      })
      expect((await check(text, strictly)).units).toBe(7)
    }
  })

  it.each<[name: string, settings: object, why: RegExp]>([
    [
      'a segment that throws',
      file(campaign, abTest('b', { segments: { or: null } })),
      /^campaigns\[1\]: the SDK cannot evaluate segments: TypeError: /,
    ],
    [
      'a segment that throws, of a campaign that does not run',
      file(campaign, abTest('b', { status: 'PAUSED', segments: { or: null } })),
      /^campaigns\[1\]: the SDK cannot evaluate segments: TypeError: /,
    ],
    [
      'an empty segment',
      file(abTest('a', { segments: { and: [{}] } })),
      /^campaigns\[0\]: the SDK cannot evaluate segments/,
    ],
    [
      'a list of users that is none',
      file(abTest('a', { segments: { not: { user: 5 } } })),
      /^campaigns\[0\]: the SDK cannot evaluate segments/,
    ],
    [
      'a whitelist that throws',
      file(
        abTest('a', {
          isForcedVariationEnabled: true,
          variations: [variation(1, 'Control', 100, { segments: { user: null } })],
        }),
      ),
      /^campaigns\[0\]: the SDK cannot evaluate segments/,
    ],
    [
      'a field that hides a method',
      file({ ...campaign, hasOwnProperty: 1 }),
      /^campaigns\[0\]: the SDK cannot decide: /,
    ],
  ])('for what the SDK does with it: %s', async (_, settings, why) => {
    expect(await refusalOf(settings, strictly)).toMatch(why)
  })

  it.each([
    ['is not there', []],
    ['has its number as text', [variation('1', 'Control', 50, { variables: [variable('x', 1)] })]],
    ['has no variables', [variation(1, 'Control', 50)]],
  ])('for a feature that is off, and whose Control %s', async (_, controls) => {
    const off = variation(2, 'Variation-1', 50, { isFeatureEnabled: false, variables: [] })
    expect(await refusalOf(file(featureTest('a', { variations: [...controls, off] })), strictly)).toBe(
      'campaigns[0].variations: expected a variation with the id 1 and variables, to which those fall back whose feature is off, got an array',
    )
    const on = { ...off, isFeatureEnabled: true }
    const withoutVariables = controls.map((control) => ({ ...control, variables: undefined }))
    expect(
      (await check(file(featureTest('a', { variations: [...withoutVariables, on] as never })), strictly))
        .units,
    ).toBe(1)
  })

  it('for a campaign that was hidden behind another one of the same key, once it is not', async () => {
    const broken = abTest('a', { id: 99, segments: { or: null } })
    expect((await check(file(campaign, broken), strictly)).units).toBe(2)
    expect(await refusalOf(file(broken), strictly)).toMatch(
      /^campaigns\[0\]: the SDK cannot evaluate segments/,
    )
  })

  it('for each time that it is sent', async () => {
    const broken = file(abTest('once-more', { segments: { or: null } }))
    const first = await refusalOf(broken, strictly)
    expect(await refusalOf(broken, strictly)).toBe(first)
  })

  it('and no text of it can steer a terminal or begin a line', async () => {
    const key = 'a\u001b[31m\nforged line'
    const why = await refusalOf({ ...file(), groups: { [key]: null } }, strictly)
    expect(why).not.toMatch(/\p{Cc}/u)
    expect(why).toContain('expected an object, got null')
  })
})

describe('[invariant 3] what is wrong with one campaign does not hold the others', () => {
  const [good, off] = [abTest('good'), variation('2', 'B', 50, { isFeatureEnabled: false, variables: [] })]

  it.each<[name: string, settings: object, warnings: string[]]>([
    [
      'a feature test whose ids are text, and whose Control is off',
      file(good, featureTest('a', { variations: [variation('1', 'Control', 50), off] as never })),
      [
        'a (variations): expected a variation with the id 1 and variables, to which those fall back whose feature is off, got an array',
      ],
    ],
    [
      'variables null',
      file(
        good,
        abTest('a', { variations: [{ ...variation(1, 'Control', 100), variables: null }] as never }),
      ),
      ['a (variations[0].variables): expected an array, got null'],
    ],
    [
      'segments that throw',
      file(good, abTest('a', { segments: { or: null } })),
      ["a: the SDK cannot evaluate segments: TypeError: Cannot read properties of null (reading 'length')"],
    ],
    [
      'variations with a gap',
      file(good, { ...abTest('a'), variations: { 1: variation(1, 'A', 1) } }),
      ['a (variations): expected an array, got an object'],
    ],
    [
      'a group that is not there',
      { ...file(good, abTest('a', { id: 77 })), campaignGroups: { 77: 8 } },
      ['a (campaignGroups["77"]): expected the id of a group in "groups", got 8'],
    ],
    [
      'weights that do not add up',
      file(good, abTest('a', { variations: [variation(1, 'Control', 50), variation(2, 'B', 40)] })),
      ['a (variations): expected weights of 100 together, got 90'],
    ],
    [
      'a negative weight',
      file(good, abTest('a', { variations: [variation(1, 'Control', -20), variation(2, 'B', 120)] })),
      ['a (variations[0].weight): expected a number from 0 to 100, got -20'],
    ],
    [
      'more traffic than there is',
      file(good, abTest('a', { percentTraffic: 150 })),
      ['a (percentTraffic): expected a number from 0 to 100, got 150'],
    ],
    [
      'every campaign twice',
      file(good, abTest('a'), good, abTest('a')),
      [
        'good (key): expected another one than that of campaigns[0], which is decided by alone',
        'a (key): expected another one than that of campaigns[1], which is decided by alone',
      ],
    ],
    [
      'a fault of a campaign that is paused',
      file(good, abTest('a', { status: 'PAUSED', goals: [null] as never })),
      ['a (goals[0]): expected an object, got null'],
    ],
  ])('%s is published with a warning', async (_, settings, warnings) => {
    expect(await warningsOf(settings)).toEqual(warnings)
  })

  it('and a change says what it brings that was not wrong before', async () => {
    const before = file(good, abTest('a', { id: 5, percentTraffic: 120 }))
    const after = file(
      good,
      abTest('a', { id: 5, percentTraffic: 150 }),
      abTest('b', { segments: { or: null } }),
    )
    const { text, sha256 } = await check(before)
    const next = { ...expected, previous: { text, sha256 } }
    const summaryOf = async (settings: object): Promise<string> =>
      (await checker.check(JSON.stringify(settings), next)).summary
    expect(await summaryOf(after)).toMatch(
      /^a: traffic 120 → 150 %; b: now running .*; warning: b: the SDK cannot evaluate segments: .* \(and 1 more\)$/,
    )
    expect(await summaryOf({ ...before, version: 2 })).not.toContain('warning')
  })

  it.each([
    ['collectionPrefix', '../../evil?x='],
    ['collectionPrefix', 'eu01/x'],
    ['collectionPrefix', 'a.b'],
  ])('but %s may not be %j, which sends the events of users elsewhere', async (name, value) => {
    expect(await refusalOf({ ...file(good), [name]: value })).toBe(
      'collectionPrefix: expected up to 63 letters, digits, "_" and "-", got something else',
    )
    expect((await check({ ...file(good), [name]: 'eu01' })).units).toBe(1)
  })
})

describe('[invariant 3] whatever is accepted', () => {
  interface Sdk {
    launch(
      config: object,
    ): Record<
      'activate' | 'getVariationName' | 'isFeatureEnabled' | 'getFeatureVariableValue' | 'track',
      (...args: unknown[]) => unknown
    >
  }

  /** What is wrong may stand in the place of a list, and in it. */
  const inList = <T>(list: readonly T[] | undefined): readonly (T | null)[] =>
    Array.isArray(list) ? list : []

  /** Whether the real SDK has nothing against it. */
  function launches(text: string): boolean {
    const errors: string[] = []
    const logger = {
      log: (level: number, message: unknown) => void (level >= 4 && errors.push(String(message))),
    }
    const { info } = console
    console.info = () => {}
    try {
      const options = { isDevelopmentMode: true, logging: { logger, level: 4 } }
      ;(vwoSdk as unknown as Sdk).launch({ settingsFile: JSON.parse(text) as object, ...options })
      return errors.length === 0
    } catch {
      return false
    } finally {
      console.info = info
    }
  }

  /** Launches the real SDK, in this thread, and returns what it caught and logged. */
  function decideWith({ text }: Accepted): string[] {
    const settings = JSON.parse(String(text)) as SettingsFile
    normaliseSettings(settings)
    const errors: string[] = []
    const logger = {
      log: (level: number, message: unknown) => void (level >= 4 && errors.push(String(message))),
    }
    const { info } = console
    console.info = () => {}
    const vwo = (vwoSdk as unknown as Sdk).launch({
      // As a client reads it.
      settingsFile: structuredClone(settings),
      isDevelopmentMode: true,
      logging: { logger, level: 4 },
    })
    console.info = info
    const options = {
      customVariables: { plan: 'gold', visits: '5' },
      variationTargetingVariables: { plan: 'gold', visits: '5' },
    }
    for (const { key, goals, variables, variations } of settings.campaigns) {
      for (const user of ['ann', 'bob', 'user-3', 'user-4']) {
        vwo.activate(key, user, options)
        vwo.getVariationName(key, user)
        vwo.isFeatureEnabled(key, user, options)
        for (const one of [variables, ...inList(variations).map((each) => each?.variables)].flatMap(inList))
          vwo.getFeatureVariableValue(key, one?.key, user, options)
        for (const each of inList(goals)) vwo.track(key, user, each?.identifier, { revenueValue: 5 })
      }
    }
    return errors
  }

  /** What the SDK says for itself begins with the name of a file, what an exception said does not. */
  const isException = (message: string) => !message.startsWith('(') || message.includes('Could not segment')
  const isGroupGap = (message: string) => message === "Cannot read properties of null (reading 'key')"

  const isTaken = (text: string) =>
    checker.check(text, { environment: 'prod' }).catch((error: unknown) => {
      if (error instanceof HubError && error.code === 'settings-refused') return error.message
      throw error
    })

  it('the SDK launches with it, and decides without an exception where nothing is warned of', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(settingsFiles, async (settings) => {
        const checked = await isTaken(JSON.stringify(settings))
        if (typeof checked === 'string') return
        const errors = decideWith(checked)
        if (checked.warnings.told.some(({ kind }) => kind === 'fault' || kind === 'undecided')) return
        accepted += 1
        expect(errors.filter((message) => isException(message) && !isGroupGap(message))).toEqual([])
      }),
      { numRuns: 150 },
    )
    expect(accepted).toBeGreaterThan(75)
  })

  it('also when any part of it was replaced by anything; and what is refused, the SDK does not launch with', async () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom<unknown>(null, [], {}, '', 0, -1, 'x', [null], { or: null }),
    )
    const outcomes = { accepted: 0, warned: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(settingsFiles, fc.nat(), anything, async (settings, where, replacement) => {
        const text = JSON.stringify(replaceAt(JSON.parse(JSON.stringify(settings)), where, replacement))
        const checked = await isTaken(text)
        if (typeof checked === 'string') {
          outcomes.refused += 1
          // Where there is no list of campaigns an SDK takes it that there are none; a dangerous name is nothing to it.
          if (!/refused: (?:(?:campaigns|collectionPrefix): |.*expected another name)/.test(checked))
            expect([checked, launches(text)]).toEqual([checked, false])
          return
        }
        const errors = decideWith(checked)
        if (checked.warnings.told.some(({ kind }) => kind === 'fault' || kind === 'undecided'))
          outcomes.warned += 1
        else {
          outcomes.accepted += 1
          expect(errors.filter((message) => isException(message) && !isGroupGap(message))).toEqual([])
        }
      }),
      { numRuns: 400 },
    )
    expect(outcomes.accepted).toBeGreaterThan(30)
    expect(outcomes.warned).toBeGreaterThan(30)
    expect(outcomes.refused).toBeGreaterThan(30)
  })
})
