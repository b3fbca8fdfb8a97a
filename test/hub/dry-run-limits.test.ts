import { describe, expect, it } from 'vitest'
import { checkAsHub, file } from '../support/check-as-hub.ts'
import { checkerForTest } from '../support/checker-for-test.ts'
import { fakeSdk } from '../support/fake-sdk.ts'
import { isEverything } from '../support/runs.ts'
import { abTest, variation } from '../support/settings-file.ts'

const refusal = { code: 'settings-refused' }
const { check, refusalOf } = checkAsHub()

/** What is found in the same way as another one: to try it until it is slow takes a tenth of a second or three. */
const alike = <T>(...more: T[]): T[] => (isEverything ? more : [])

describe('a settings-file that has no end', () => {
  it.each([
    ['(.*)*!!', 'repetitions in repetitions'],
    ['(x+x+)+y', 'two ways through a loop, of a letter that only it has'],
    ...alike(
      ['(a+)+$', 'a letter'],
      ['^(([a-z])+.)+[A-Z]([a-z])+$', 'the same with an end of its own'],
      ['^(\\d+)*$', 'digits'],
    ),
  ])(
    'because %s in segments backtracks (%s) is refused with the place, and the next one is checked',
    async (expression) => {
      const segments = { or: [{ not: { custom_variable: { email: `regex(${expression})` } } }] }
      expect(await refusalOf(file(abTest('good'), abTest('bad', { segments })))).toMatch(
        /^campaigns\[1\]: expected regular expressions that come to an end, got one in segments/,
      )
      expect((await check(file(abTest('good')))).units).toBe(1)
    },
  )

  it.each([
    [
      'where something else has to come first',
      [
        '^https?://([\\w-]+\\.?)+/checkout$',
        '^\\d{4}-(\\d+)+Z$',
        ...alike('^XY-(\\w+)*$', '^\\+49(\\d+ ?)+$', '^id:(\\w+,?)+;$', '^[\\w.]+@(\\w+\\.?)+\\.com$'),
        // Behind more of something than is written out; and behind what refers to something else.
        '^Q{70}(Z|Z)*Y',
        `${'x'.repeat(700)}(a+)+b`,
        '^https://x(.+)+\\1!',
        // Where the ways do not double, but are many.
        '^https?://(.*a)(.*a)(.*a)(.*a)(.*a)(.*a)$',
      ],
    ],
    [
      'whatever has to follow for a match to fail, and where it looks back',
      ['(k+k+)+\\b', '(a+)+([!\\n\\u0000\u00e9]|$)', '(a+)+[\\s\\S]{3}$', '(?<=^\\d+(a|aa)+)c'],
    ],
  ])('is refused %s', async (_where, expressions) => {
    for (const expression of expressions) {
      const segments = { or: [{ custom_variable: { v: `regex(${expression})` } }] }
      expect([expression, await refusalOf(file(abTest('bad', { segments })))]).toEqual([
        expression,
        expect.stringContaining('campaigns[0]: expected regular expressions that come to an end'),
      ])
    }
  })

  it('has as much more time as it is long', async () => {
    const sdk = fakeSdk('exports.launch = () => { for (;;); }')
    const limited = checkerForTest({ sdk, timeoutMs: 100 })
    const plain = file(abTest('bad'))
    const padded = { ...plain, padding: 'x'.repeat(2_000_000 - JSON.stringify(plain).length - 13) }
    expect(JSON.stringify(padded)).toHaveLength(2_000_000)
    await expect(limited.check(padded)).rejects.toThrow(/the dry run was not done after 300 ms/)
  })

  it('[invariant 3] in a whitelist is found as well', async () => {
    const segments = { custom_variable: { email: 'regex((a|aa)+$)' } }
    const bad = abTest('bad', { variations: [variation(1, 'Control', 100, { segments })] })
    expect(await refusalOf(file(bad))).toContain('campaigns[0]: ')
  })

  it('because the SDK has none is refused', async () => {
    const endless = checkerForTest({
      timeoutMs: 100,
      sdk: fakeSdk('exports.launch = () => { for (;;); }'),
    })
    await expect(endless.check(file())).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining('the file: the dry run was not done after') as string,
    })
  })
})

describe('a settings-file that takes the thread with it', () => {
  it.each([
    [
      'by its memory',
      'exports.launch = () => { const hoard = []; for (;;) hoard.push({ more: hoard.length }); }',
      /needed more than 32 MB of memory/,
    ],
    ['by ending it', 'exports.launch = () => process.exit(0)', /ended its thread/],
    [
      'by an exception of its own time',
      'exports.launch = () => { queueMicrotask(() => { throw new Error("later") }); for (const end = Date.now() + 5; Date.now() < end;); throw new Error("now") }',
      // Whichever is heard first.
      /now|later/,
    ],
  ])('%s is refused, and the hub lives', async (_, source, why) => {
    const dying = checkerForTest({ timeoutMs: 60_000, memoryMb: 32, sdk: fakeSdk(source) })
    const message = expect.stringMatching(why) as string
    await expect(dying.check(file())).rejects.toMatchObject({ ...refusal, message })
    await expect(dying.check(file())).rejects.toMatchObject({ ...refusal, message })
  })
})
