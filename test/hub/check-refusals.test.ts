import { describe, expect, it } from 'vitest'
import { openChecker } from '../support/checker.ts'
import { abTest, featureTest, variation } from '../support/settings-file.ts'
import { checkAsHub, expected, file, sdkKey } from '../support/check-as-hub.ts'

const { checker, check, warningsOf, refusalOf } = checkAsHub()

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
